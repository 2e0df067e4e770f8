import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ExitCode } from "../../local/errors";
import { Checkout, type Outcome, outcome } from "../support/checkout";
import { said } from "../support/said";

const ESCAPE = String.fromCharCode(27);
/** Escape sequences, and the carriage returns by which a line is painted over. */
const PAINT = new RegExp(`${ESCAPE}|\\r(?!\\n)`);
const COLOUR = new RegExp(`${ESCAPE}\\[[\\d;]*m`);

/** Of util-linux: runs a command on a terminal of its own. */
const hasTerminal = spawnSync("script", ["-qec", "true", "/dev/null"]).status === 0;

describe("the commands'", function () {
  this.timeout(240_000);
  let checkout: Checkout;
  let foreign: string;

  before(async () => {
    checkout = new Checkout();
    foreign = mkdtempSync(join(tmpdir(), "foreign-"));
    writeFileSync(join(foreign, "letter.txt"), "Dear");
    mkdirSync(join(foreign, "backend"));
    const { code, stderr } = await checkout.run("start");
    assert.equal(code, 0, stderr);
  });

  after(async () => {
    await checkout.remove();
    rmSync(foreign, { recursive: true });
  });

  describe("exit code", () => {
    const brokenProgram = async (run: () => Promise<Outcome>) => {
      const file = join(checkout.root, "infra", "index.ts");
      const source = readFileSync(file, "utf8");
      writeFileSync(file, source.replace("const config = loadConfig();", 'throw new Error("broken");'));
      const result = await run();
      writeFileSync(file, source);
      return result;
    };

    /** Ends a command with Ctrl-C as soon as it says something. */
    const interrupted = async (command: string, args: readonly string[], moment: RegExp) => {
      const child = checkout.spawn(command, args);
      const ended = outcome(child);
      await said(child, moment);
      process.kill(-(child.pid ?? 0), "SIGINT");
      return ended;
    };

    const run = (command: string, ...args: readonly string[]) => checkout.run(command, args);
    const abroad = (command: string, ...args: readonly string[]) =>
      checkout.run(command, args, { LOCAL_STATE: foreign });

    const table: readonly (readonly [what: string, run: () => Promise<Outcome>, code: ExitCode])[] = [
      ["done: start, with nothing to do", () => run("start"), ExitCode.done],
      ["done: start --help", () => run("start", "--help"), ExitCode.done],
      ["done: preview", () => run("preview", "--stack", "local"), ExitCode.done],
      ["done: render", () => run("render", "--stack", "local"), ExitCode.done],
      ["done: local status", () => run("local", "status"), ExitCode.done],
      ["done: local up, with nothing to do", () => run("local", "up"), ExitCode.done],
      ["done: env", () => run("env"), ExitCode.done],
      ["done: test", () => run("test", "test/components/core/units.test.ts"), ExitCode.done],

      ["failed: start, the program throws", () => brokenProgram(() => run("start")), ExitCode.failed],
      ["failed: render, the program throws", () => brokenProgram(() => run("render")), ExitCode.failed],
      ["failed: preview, the program throws", () => brokenProgram(() => run("preview")), ExitCode.failed],
      [
        "failed: test, no test runs",
        () => run("test", "--grep", "there is none", "test/docs/blocks.test.ts"),
        ExitCode.failed,
      ],

      ["usage: no such command", () => run("begin"), ExitCode.usage],
      ["usage: start", () => run("start", "--fast"), ExitCode.usage],
      ["usage: down", () => run("down", "--fast"), ExitCode.usage],
      ["usage: preview", () => run("preview", "--stack", "moon"), ExitCode.usage],
      ["usage: render", () => run("render", "--stack", "moon"), ExitCode.usage],
      ["usage: render into one folder, but which stack", () => run("render", "--out", "manifests"), ExitCode.usage],
      ["usage: local", () => run("local", "logs", "nobody"), ExitCode.usage],
      ["usage: doctor", () => run("doctor", "--fast"), ExitCode.usage],
      ["usage: env", () => run("env", "--fast"), ExitCode.usage],
      ["usage: check", () => run("check", "--fast"), ExitCode.usage],

      ["refused: start in somebody else's folder", () => abroad("start"), ExitCode.refused],
      ["refused: down in somebody else's folder", () => abroad("down"), ExitCode.refused],
      ["refused: preview in somebody else's folder", () => abroad("preview"), ExitCode.refused],
      ["refused: render in somebody else's folder", () => abroad("render"), ExitCode.refused],
      [
        "refused: render into a folder with other files",
        () => run("render", "--stack", "local", "--out", foreign),
        ExitCode.refused,
      ],
      ["refused: local in somebody else's folder", () => abroad("local", "up"), ExitCode.refused],
      ["refused: env in somebody else's folder", () => abroad("env"), ExitCode.refused],
      [
        "refused: doctor on a machine whose proxy catches loopback",
        () => checkout.run("doctor", [], { HTTPS_PROXY: "http://proxy.example.com:3128", NO_PROXY: "" }),
        ExitCode.refused,
      ],

      [
        "interrupted: preview",
        () => interrupted("preview", [], /Previewing the stack local \.\.\./),
        ExitCode.interrupted,
      ],
      [
        "interrupted: render",
        () => interrupted("render", [], /Rendering the stack local \.\.\./),
        ExitCode.interrupted,
      ],
      ["interrupted: start", () => interrupted("start", [], /Deploying the stack local \.\.\./), ExitCode.interrupted],
      ["interrupted: down", () => interrupted("down", [], /Destroying the stack local \.\.\./), ExitCode.interrupted],
      ["done: down, after it was interrupted", () => run("down"), ExitCode.done],
      ["done: start, after it was undone", () => run("start"), ExitCode.done],
    ];

    for (const [what, command, code] of table) {
      it(`is ${code} for ${what}`, async () => {
        const result = await command();
        assert.equal(result.code, code, result.stderr + result.stdout);
      });
    }

    for (const command of ["check", "test"]) {
      it(`is ${ExitCode.interrupted} for interrupted: ${command}`, async () => {
        const child = checkout.spawn(command, command === "test" ? ["--unit"] : []);
        const ended = outcome(child);
        // Both run something else first thing: it is there when they listen.
        await new Promise((resolve) => child.stdout?.once("data", resolve));
        process.kill(-(child.pid ?? 0), "SIGINT");
        assert.equal((await ended).code, ExitCode.interrupted);
      });
    }
  });

  describe("output without a terminal", () => {
    it("is a few plain lines, whatever happens between them", async () => {
      const { stderr, stdout } = await checkout.run("start");
      assert.doesNotMatch(stderr + stdout, PAINT);
      assert.ok(stderr.split("\n").length <= 12, stderr);
    });

    it("is every single thing with LOCAL_VERBOSE=1", async () => {
      const { stderr } = await checkout.run("preview", ["--stack", "local"], { LOCAL_VERBOSE: "1" });
      assert.match(stderr, /^Previewing the stack local: \d+ done, creating Namespace namespace$/m);
      assert.doesNotMatch(stderr, /RegisterResource/, "the engine's insides");
      assert.doesNotMatch(stderr, PAINT);
    });

    it("is one JSON document on standard output with --json", async () => {
      for (const [command, args] of [
        ["start", ["--json"]],
        ["preview", ["--stack", "local", "--json"]],
        ["render", ["--stack", "local", "--json"]],
        ["local", ["status", "--json"]],
        ["doctor", ["--json"]],
      ] as const) {
        const { stdout } = await checkout.run(command, args);
        assert.equal(typeof JSON.parse(stdout), "object", command);
      }
    });
  });

  describe("output on a terminal", function () {
    before(function () {
      if (!hasTerminal) this.skip();
    });

    /** What a terminal of a usual size gets to see. */
    async function onTerminal(env: NodeJS.ProcessEnv = {}): Promise<string> {
      const command = "stty cols 100 rows 30; node local/commands/launch.mjs preview --stack local";
      const { code, stdout } = await outcome(
        spawn("script", ["-qec", command, "/dev/null"], {
          cwd: checkout.root,
          env: { ...checkout.env, TERM: "xterm-256color", ...env },
          stdio: ["ignore", "pipe", "pipe"],
        }),
      );
      assert.equal(code, 0, stdout);
      return stdout;
    }

    it("is painted over and coloured", async () => {
      const text = await onTerminal();
      assert.match(text, PAINT);
      assert.match(text, COLOUR);
    });

    it("has no colour with NO_COLOR", async () => {
      const text = await onTerminal({ NO_COLOR: "1" });
      assert.match(text, PAINT);
      assert.doesNotMatch(text, COLOUR);
    });

    for (const env of [{ ACCESSIBLE: "1" }, { CI: "true" }, { TERM: "dumb" }]) {
      it(`is only ever appended with ${JSON.stringify(env)}`, async () => {
        const text = await onTerminal(env);
        assert.doesNotMatch(text, PAINT);
        assert.match(text, /^Previewing the stack local \.\.\.\r?$/m);
        assert.match(text, /^Previewing the stack local: done in [\d.]+ s\r?$/m);
      });
    }
  });
});
