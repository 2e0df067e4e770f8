import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../../../local/state";

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

describe("runCommand", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "run-command-"));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function start(main: string, args: readonly string[] = [], ipc = false): ChildProcess {
    const file = join(folder, "command.ts");
    const local = JSON.stringify(join(projectRoot, "local"));
    writeFileSync(
      file,
      [
        `const { runCommand } = require(${local} + "/commands/run-command");`,
        `const { UserError, ExitCode } = require(${local} + "/errors");`,
        `runCommand(${main});`,
      ].join("\n"),
    );
    return spawn(process.execPath, ["-r", "ts-node/register", file, ...args], {
      cwd: projectRoot,
      stdio: ipc ? ["ignore", "pipe", "pipe", "ipc"] : ["ignore", "pipe", "pipe"],
      env: { ...process.env, TS_NODE_PROJECT: join(projectRoot, "tsconfig.json") },
    });
  }

  function ended(child: ChildProcess): Promise<Ended> {
    let stdout = "";
    let stderr = "";
    child.stdout?.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    return new Promise((resolve) => {
      child.on("close", (code) => {
        resolve({ code, stdout, stderr });
      });
    });
  }

  const run = (main: string, args: readonly string[] = []) => ended(start(main, args));

  function printed(child: ChildProcess, text: string): Promise<void> {
    return new Promise((resolve) => {
      child.stdout?.on("data", (chunk: Buffer) => {
        if (chunk.toString().includes(text)) resolve();
      });
    });
  }

  it("passes the arguments on, without --debug, and exits 0", async () => {
    const { code, stdout, stderr } = await run(`async (args) => console.log(JSON.stringify(args))`, [
      "a b",
      "--debug",
      "-x",
    ]);
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '["a b","-x"]\n', stderr: "" });
  });

  it("exits with the code that the command returns", async () => {
    assert.equal((await run(`async () => ExitCode.refused`)).code, 5);
  });

  it("prints what is wrong and, last, what to do", async () => {
    const { code, stderr } = await run(
      `async () => { throw new UserError("port 6443 is taken by pid 12 (nginx)", "stop it", ExitCode.refused); }`,
    );
    assert.equal(stderr, "Error: port 6443 is taken by pid 12 (nginx)\nTo fix: stop it\n");
    assert.equal(code, 5);
  });

  it("never prints more than ten lines of an error meant for a person", async () => {
    const { stderr } = await run(
      `async () => { throw new UserError(Array.from({ length: 30 }, (_, i) => "fault " + i).join("\\n"), "mend them"); }`,
    );
    const lines = stderr.trimEnd().split("\n");
    assert.equal(lines.length, 10);
    assert.equal(lines[8], "  ... and 22 more lines; all of them with --debug");
    assert.equal(lines[9], "To fix: mend them");
  });

  it("calls any other error a defect, without its stack", async () => {
    const { code, stderr } = await run(`async () => { throw new TypeError("x is not a function"); }`);
    assert.equal(
      stderr,
      "This is a defect of ours, not of your input: TypeError: x is not a function\n" +
        "To fix: run it again with --debug and report what it prints\n",
    );
    assert.equal(code, 1);
  });

  it("shows the stack of a defect under --debug", async () => {
    const { stderr } = await run(`async () => { throw new TypeError("x is not a function"); }`, ["--debug"]);
    assert.match(stderr, /^TypeError: x is not a function\n {4}at .*command\.ts:3/);
    assert.match(stderr, /To fix: report the lines above\n$/);
  });

  it("treats an error thrown outside the command's own promise the same way", async () => {
    const { code, stderr } = await run(
      `() => new Promise(() => setTimeout(() => { throw new UserError("late", "wait"); }, 1))`,
    );
    assert.equal(stderr, "Error: late\nTo fix: wait\n");
    assert.equal(code, 1);
  });

  it("runs the cleanup hooks in reverse order, a failing one stopping none", async () => {
    const { code, stdout, stderr } = await run(`async (args, { onCleanup }) => {
      onCleanup(() => console.log("first"));
      onCleanup(() => { throw new UserError("no", "try"); });
      onCleanup(async () => console.log("last"));
    }`);
    assert.deepEqual(
      { code, stdout, stderr },
      { code: 0, stdout: "last\nfirst\n", stderr: "Error: no\nTo fix: try\n" },
    );
  });

  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    it(`lets the command end by itself on ${signal}, cleans up and exits 6`, async () => {
      const child = start(`(args, { signal, onCleanup }) => new Promise((resolve) => {
        const alive = setInterval(() => {}, 1000);
        signal.addEventListener("abort", () => { console.log("aborted"); clearInterval(alive); resolve(); });
        onCleanup(() => console.log("cleaned"));
        console.log("ready");
      })`);
      const end = ended(child);
      await printed(child, "ready");
      child.kill(signal);
      const { code, stdout, stderr } = await end;
      assert.equal(stdout, "ready\naborted\ncleaned\n");
      assert.equal(stderr, "Interrupted: putting things in order (once more to stop at once)\n");
      assert.equal(code, 6);
    });
  }

  it("cleans up and exits 6 when the command does not listen for the signal", async () => {
    const child = start(`(args, { onCleanup }) => new Promise(() => {
      setInterval(() => {}, 1000);
      onCleanup(() => console.log("cleaned"));
      console.log("ready");
    })`);
    const end = ended(child);
    await printed(child, "ready");
    child.kill("SIGINT");
    const { code, stdout } = await end;
    assert.deepEqual({ code, stdout }, { code: 6, stdout: "ready\ncleaned\n" });
  });

  it("takes the end of the launcher for a signal", async () => {
    const child = start(
      `(args, { signal }) => new Promise((resolve) => {
        setInterval(() => {}, 1000);
        signal.addEventListener("abort", () => resolve());
        console.log("ready");
      })`,
      [],
      true,
    );
    const exited = new Promise((resolve) => child.on("exit", resolve));
    await printed(child, "ready");
    child.disconnect();
    assert.equal(await exited, 6);
  });
});
