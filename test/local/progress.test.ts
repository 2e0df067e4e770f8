import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { createProgress, seconds, type Step } from "../../local/progress";
import { eventually } from "../support/eventually";

/** A stream that remembers what was written, as a terminal or not. */
class Recorder extends Writable {
  text = "";

  constructor(
    readonly isTTY: boolean,
    readonly columns: number,
  ) {
    super();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

describe("progress", () => {
  function record(isTTY: boolean, env: NodeJS.ProcessEnv, columns = 80) {
    const recorder = new Recorder(isTTY, columns);
    return { recorder, progress: createProgress(recorder, env) };
  }

  const steady = (text: string) => text.replace(/\d+\.\d s/g, "N s");

  for (const [title, isTTY, env, columns] of [
    ["without a terminal", false, {}, 80],
    ["with ACCESSIBLE=1", true, { ACCESSIBLE: "1" }, 80],
    ["on a dumb terminal", true, { TERM: "dumb" }, 80],
    ["in continuous integration", true, { CI: "true" }, 80],
    ["on a terminal that says no width", true, {}, 0],
  ] as const) {
    it(`only ever appends whole lines ${title}`, async () => {
      const { recorder, progress } = record(isTTY, env, columns);
      progress.note("first");
      const result = await progress.step("Building", () => Promise.resolve(7));
      assert.equal(result, 7);
      assert.equal(steady(recorder.text), "first\nBuilding ...\nBuilding: done in N s\n");
    });
  }

  it("appends no line for what is over at once, and every line with LOCAL_VERBOSE=1", async () => {
    const work = (step: Step) => {
      for (const detail of ["half", "half", "whole"]) step.update(detail);
      return Promise.resolve();
    };
    const quiet = record(false, {});
    await quiet.progress.step("Building", work);
    assert.equal(steady(quiet.recorder.text), "Building ...\nBuilding: done in N s\n");
    const verbose = record(true, { LOCAL_VERBOSE: "1" });
    await verbose.progress.step("Building", work);
    assert.equal(
      steady(verbose.recorder.text),
      "Building ...\nBuilding: half\nBuilding: whole\nBuilding: done in N s\n",
    );
  });

  it("appends what lasts, and never loses what was said last", async () => {
    const { recorder, progress } = record(false, {});
    await progress.step("Building", async (step) => {
      step.update("half");
      step.update("whole");
      await eventually(() => recorder.text.includes("whole"));
    });
    assert.equal(steady(recorder.text), "Building ...\nBuilding: whole\nBuilding: done in N s\n");
  });

  it("says that a step failed and passes its error on", async () => {
    const { recorder, progress } = record(false, {});
    await assert.rejects(
      progress.step("Building", () => Promise.reject(new Error("no"))),
      /^Error: no$/,
    );
    assert.equal(steady(recorder.text), "Building ...\nBuilding: failed after N s\n");
  });

  it("tells durations as a person reads them", () => {
    assert.deepEqual(
      [seconds(940), seconds(59_400), seconds(61_000), seconds(754_000)],
      ["0.9 s", "59.4 s", "1 min 1 s", "12 min 34 s"],
    );
  });
});
