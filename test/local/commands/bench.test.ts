import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../../../local/state";
import { manifestsOf } from "../../bench/manifests";
import { renderReport, reportJson, type Report } from "../../bench/report";
import {
  achieved,
  median,
  memoryRatio,
  spread,
  timeRatio,
  type Comparison,
  type Pair,
  type Sample,
} from "../../bench/statistics";
import { eventually } from "../../support/eventually";

const pair = (subject: number, baseline: number): Pair => ({
  subject: { seconds: subject },
  baseline: { seconds: baseline },
});
const heavy = (seconds: number, megabytes: number): Sample => ({ seconds, megabytes });

describe("the statistics of npm run bench", () => {
  it("take the middle value, whatever the order", () => {
    assert.equal(median([3]), 3);
    assert.equal(median([9, 1, 5]), 5);
    assert.equal(median([4, 1, 3, 2]), 2.5);
    assert.equal(median([100, 1, 1, 1, 1]), 1);
  });

  it("have no median of nothing", () => {
    assert.throws(() => median([]), new RangeError("there is no median of no values"));
  });

  it("do not change the values that they are given", () => {
    const values = [3, 1, 2];
    assert.deepEqual(spread(values), { min: 1, median: 2, max: 3 });
    assert.deepEqual(values, [3, 1, 2]);
  });

  it("take the ratio of each pair, so that a slow moment hits both sides", () => {
    // The machine was ten times slower in the second round: the ratio of the medians would say 2.2 and more.
    assert.deepEqual(timeRatio([pair(2, 1), pair(20, 10), pair(3, 1)]), { min: 2, median: 2, max: 3 });
  });

  it("compare memory only where both sides have some", () => {
    const both = [{ subject: heavy(1, 300), baseline: heavy(1, 200) }];
    assert.deepEqual(memoryRatio(both), { min: 1.5, median: 1.5, max: 1.5 });
    assert.equal(memoryRatio([...both, pair(1, 1)]), undefined);
    assert.equal(memoryRatio([]), undefined);
  });

  it("judge a target by the median of what it is about", () => {
    const comparison: Comparison = {
      subject: "a",
      baseline: "b",
      pairs: [1, 2, 9].map((value) => ({ subject: heavy(value, value * 100), baseline: { seconds: 0.5 } })),
    };
    assert.equal(achieved(comparison, { quantity: "seconds", atMost: 1 }), 2);
    assert.equal(achieved(comparison, { quantity: "megabytes", atMost: 1 }), 200);
    assert.equal(achieved(comparison, { quantity: "ratio", atMost: 1 }), 4);
    assert.equal(achieved({ ...comparison, pairs: [pair(1, 1)] }, { quantity: "megabytes", atMost: 1 }), undefined);
  });
});

describe("the report of npm run bench", () => {
  const report: Report = {
    machine: {
      date: "2026-01-31",
      processor: "Processor",
      processors: 2,
      memoryGigabytes: 25,
      platform: "linux x64",
      node: "24.0.0",
      loadBefore: 0.24,
    },
    runs: 3,
    sections: [
      {
        name: "one",
        title: "First",
        comparisons: [
          {
            subject: "stack local",
            baseline: "an empty program",
            pairs: [
              { subject: heavy(2, 240), baseline: heavy(1, 120) },
              { subject: heavy(2.2, 261), baseline: heavy(1, 121) },
              { subject: heavy(9, 262), baseline: heavy(3, 122) },
            ],
            targets: [
              { quantity: "seconds", atMost: 2.5 },
              { quantity: "megabytes", atMost: 250 },
            ],
          },
        ],
      },
      {
        name: "two",
        title: "Second",
        comparisons: [
          { subject: "up", baseline: "apply", pairs: [pair(3, 1)], targets: [{ quantity: "ratio", atMost: 3 }] },
        ],
      },
    ],
  };

  it("is one table for each part, and says what its figures are worth", () => {
    assert.deepEqual(renderReport(report).split("\n"), [
      "First",
      "               AGAINST           RATIO    MIN    MAX  MEDIAN  AGAINST  MEMORY  AGAINST  TARGET",
      "  stack local  an empty program  2.20x  2.00x  3.00x  2.20 s   1.00 s  261 MB   121 MB  2.50 s: met, 250 MB: MISSED",
      "",
      "Second",
      "      AGAINST  RATIO    MIN    MAX  MEDIAN  AGAINST  MEMORY  AGAINST  TARGET",
      "  up  apply    3.00x  3.00x  3.00x  3.00 s   1.00 s       -        -  3.00x: met",
      "",
      "Medians of 3 runs; a ratio is that of each pair, measured one after the other. Ratios can be",
      "compared between machines; seconds and megabytes are of this machine only:",
      "2026-01-31, 2 x Processor, 25 GB, linux x64, Node 24.0.0, load 0.2 before.",
    ]);
  });

  it("says that the machine was busy", () => {
    const busy = renderReport({ ...report, machine: { ...report.machine, loadBefore: 2.1 } });
    assert.equal(
      busy.split("\n").at(-1),
      "The machine was busy (load above 2): trust the ratios at most, and measure again when it is quiet.",
    );
  });

  it("holds every pair as JSON", () => {
    const json = JSON.parse(JSON.stringify(reportJson(report))) as { sections: { comparisons: object[] }[] };
    assert.deepEqual(json.sections[1]?.comparisons, [
      {
        subject: "up",
        baseline: "apply",
        timeRatio: { min: 3, median: 3, max: 3 },
        targets: [{ quantity: "ratio", atMost: 3, achieved: 3 }],
        pairs: [{ subject: { seconds: 3 }, baseline: { seconds: 1 } }],
      },
    ]);
  });
});

describe("the objects that kubectl gets in npm run bench", () => {
  it("are those that the engine sent, with their secrets in plain text", () => {
    const exported = JSON.stringify({
      deployment: {
        resources: [
          { type: "pulumi:pulumi:Stack" },
          { type: "pulumi:providers:kubernetes", inputs: { context: "local" } },
          {
            type: "kubernetes:core/v1:Secret",
            inputs: {
              __defaults: [],
              apiVersion: "v1",
              kind: "Secret",
              metadata: { name: "a" },
              stringData: {
                key: {
                  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
                  plaintext: '"hidden"',
                },
              },
            },
          },
        ],
      },
    });
    assert.deepEqual(manifestsOf(exported), [
      { apiVersion: "v1", kind: "Secret", metadata: { name: "a" }, stringData: { key: "hidden" } },
    ]);
  });
});

describe("npm run bench", function () {
  this.timeout(180_000);
  let temporary: string;

  beforeEach(() => {
    temporary = mkdtempSync(join(tmpdir(), "bench-test-"));
  });

  afterEach(() => {
    rmSync(temporary, { recursive: true });
  });

  /** Without the cache of compiled code that ts-node itself keeps there for all who use it. */
  const left = () => readdirSync(temporary).filter((name) => !name.startsWith("v8-compile-cache"));

  function start(...args: readonly string[]) {
    const child = spawn(process.execPath, ["local/commands/launch.mjs", "bench", ...args], {
      cwd: projectRoot,
      env: { ...process.env, TMPDIR: temporary, LOCAL_STATE: join(temporary, "unused") },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const said = { stdout: "", stderr: "" };
    child.stdout.on("data", (chunk: Buffer) => (said.stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (said.stderr += chunk.toString()));
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    return { child, said, ended };
  }

  it("measures every stack's program, and leaves nothing behind", async () => {
    const { said, ended } = start("--runs", "1", "--only", "evaluation", "--json");
    assert.equal(await ended, 0, said.stderr);
    const { runs, sections } = JSON.parse(said.stdout) as {
      runs: number;
      sections: { name: string; comparisons: { subject: string; baseline: string; pairs: Pair[] }[] }[];
    };
    assert.deepEqual(
      [runs, ...sections.map(({ name, comparisons }) => [name, comparisons.map(({ subject }) => subject)])],
      [
        1,
        [
          "evaluation",
          ["local", "production", "staging"].flatMap((name) => [
            `stack ${name}: program`,
            `stack ${name}: pulumi preview`,
          ]),
        ],
      ],
    );
    for (const { pairs } of sections.flatMap(({ comparisons }) => comparisons)) {
      assert.equal(pairs.length, 1);
      const [only] = pairs;
      for (const sample of [only?.subject, only?.baseline]) {
        assert((sample?.seconds ?? 0) > 0 && (sample?.megabytes ?? 0) > 0, JSON.stringify(sample));
      }
    }
    assert.match(said.stderr, /^Measures 1 time: evaluation\. It takes about \d+ min on two processors,$/m);
    assert.deepEqual(left(), []);
  });

  it("leaves nothing behind when it is interrupted", async () => {
    const { child, said, ended } = start("--only", "evaluation");
    await eventually(() => said.stderr.includes("warming up"), { timeoutSeconds: 60 });
    child.kill("SIGINT");
    assert.equal(await ended, 6, said.stderr);
    assert.equal(said.stdout, "");
    assert.deepEqual(left(), []);
  });

  it("clears what a killed one left", async () => {
    const killed = join(temporary, "monitoring-bench-999999999-abcdef");
    mkdirSync(join(killed, "tmp"), { recursive: true });
    writeFileSync(join(killed, "programs.jsonl"), "");
    const { child, said, ended } = start("--only", "evaluation");
    await eventually(() => said.stderr.includes("warming up"), { timeoutSeconds: 60 });
    child.kill("SIGINT");
    assert.equal(await ended, 6, said.stderr);
    assert(said.stderr.includes(`Removing ${killed}: the bench that made it was killed\n`), said.stderr);
    assert.deepEqual(left(), []);
  });

  for (const { title, args, error } of [
    {
      title: "names what there is to measure",
      args: ["--only", "speed"],
      error: [
        'Error: There is nothing called "speed" to measure.',
        "To fix: --only with one of: evaluation, growth, lifecycle, start",
      ],
    },
    {
      title: "refuses a number of runs that is none",
      args: ["--runs", "none"],
      error: [
        "Error: option '--runs <number>' argument 'none' is invalid. It has to be a number between 1 and 100.",
        "To fix: npm run bench -- --help",
      ],
    },
  ]) {
    it(title, async () => {
      const { said, ended } = start(...args);
      assert.equal(await ended, 2);
      assert.deepEqual(said.stderr.trimEnd().split("\n"), error);
      assert.deepEqual(left(), []);
    });
  }
});
