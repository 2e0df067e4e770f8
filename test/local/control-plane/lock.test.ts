import { strict as assert } from "node:assert";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lockHolder, withLock, type LockHolder } from "../../../local/control-plane/lock";
import { projectRoot } from "../../../local/state";
import { eventually } from "../../support/eventually";

describe("the lock of an environment", () => {
  let folder: string;
  const children: ChildProcess[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "lock-"));
  });

  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  const lock = () => join(folder, "lock");
  const nobody = (holder: LockHolder) => assert.fail(`nobody holds it, but pid ${holder.pid} was waited for`);

  /** Another process that takes the lock and runs `body`, plain JavaScript that may await, while it holds it. */
  function inOtherProcess(body: string): ChildProcess {
    const script = `
      const { withLock } = require("./local/control-plane/lock.ts");
      const fs = require("node:fs");
      withLock(${JSON.stringify(lock())}, "testing", () => {}, undefined, async () => { ${body} });`;
    const child = spawn(process.execPath, ["-r", "ts-node/register", "-e", script], {
      cwd: projectRoot,
      stdio: "inherit",
    });
    children.push(child);
    return child;
  }

  it("is held by one at a time, and shows the next one who holds it", async () => {
    const order: string[] = [];
    const seen: LockHolder[] = [];
    let finish = (): void => undefined;
    const first = withLock(lock(), "starting", nobody, undefined, async () => {
      order.push("first begins");
      await new Promise<void>((resolve) => (finish = resolve));
      order.push("first ends");
    });
    await eventually(() => order.length === 1);
    assert.deepEqual(lockHolder(lock())?.purpose, "starting");
    const second = withLock(
      lock(),
      "ending",
      (holder) => {
        seen.push(holder);
      },
      undefined,
      () => {
        order.push("second");
        return Promise.resolve();
      },
    );
    await eventually(() => seen.length === 1);
    finish();
    await Promise.all([first, second]);
    assert.deepEqual(order, ["first begins", "first ends", "second"]);
    assert.deepEqual(
      seen.map(({ pid, purpose }) => ({ pid, purpose })),
      [{ pid: process.pid, purpose: "starting" }],
    );
    assert.equal(lockHolder(lock()), undefined);
  });

  it("is released when the work fails", async () => {
    await assert.rejects(
      withLock(lock(), "starting", nobody, undefined, () => Promise.reject(new Error("no"))),
      new Error("no"),
    );
    assert.equal(await withLock(lock(), "starting", nobody, undefined, () => Promise.resolve(1)), 1);
  });

  it("is taken over from a process that was killed", async () => {
    const child = inOtherProcess(
      `fs.writeFileSync(${JSON.stringify(join(folder, "held"))}, ""); await new Promise(() => setInterval(() => {}, 1000));`,
    );
    await eventually(() => existsSync(join(folder, "held")));
    assert.equal(lockHolder(lock())?.pid, child.pid);
    child.kill("SIGKILL");
    await once(child, "exit");
    assert.equal(await withLock(lock(), "starting", nobody, undefined, () => Promise.resolve(1)), 1);
  });

  it("is taken over from a file that is cut off or tells of a process that is gone", async () => {
    mkdirSync(lock());
    for (const content of [
      '{"pid": 1',
      JSON.stringify({ pid: process.pid, start: "0", purpose: "x", released: false }),
    ]) {
      writeFileSync(join(lock(), "900"), content);
      assert.equal(await withLock(lock(), "starting", nobody, undefined, () => Promise.resolve(1)), 1);
      rmSync(lock(), { recursive: true });
      mkdirSync(lock());
    }
  });

  it("lets no two processes in that find the same stale lock", async function () {
    this.timeout(30_000);
    mkdirSync(lock());
    writeFileSync(join(lock(), "7"), JSON.stringify({ pid: process.pid, start: "0", purpose: "x", released: false }));
    const counter = join(folder, "counter");
    writeFileSync(counter, "0");
    // Reading, waiting and writing loses counts as soon as two do it at the same time.
    const body = `
      const count = Number(fs.readFileSync(${JSON.stringify(counter)}, "utf8"));
      await new Promise((resolve) => setTimeout(resolve, 20));
      fs.writeFileSync(${JSON.stringify(counter)}, String(count + 1));`;
    const racers = Array.from({ length: 6 }, () => inOtherProcess(body));
    for (const racer of racers) {
      if (racer.exitCode === null) await once(racer, "exit");
      assert.equal(racer.exitCode, 0);
    }
    assert.equal(readFileSync(counter, "utf8"), "6");
  });

  it("does not bring back a folder that its holder deleted", async () => {
    await withLock(lock(), "resetting", nobody, undefined, () => {
      renameSync(lock(), join(folder, "doomed"));
      return Promise.resolve();
    });
    assert.equal(existsSync(lock()), false);
  });

  it("is no longer waited for after an interruption", async () => {
    const abort = new AbortController();
    const interrupted = new Error("interrupted");
    await withLock(lock(), "starting", nobody, undefined, async () => {
      const waiting = withLock(
        lock(),
        "starting",
        () => {
          abort.abort(interrupted);
        },
        abort.signal,
        () => Promise.resolve(),
      );
      await assert.rejects(waiting, (error: Error) => error === interrupted || error.name === "AbortError");
    });
  });
});
