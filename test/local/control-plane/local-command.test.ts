import { strict as assert } from "node:assert";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { z } from "zod";
import { partNames } from "../../../local/control-plane";
import { ExitCode } from "../../../local/errors";
import { projectRoot } from "../../../local/state";

describe("npm run local", function () {
  this.timeout(60_000);

  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "local-command-"));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  async function local(args: readonly string[], env: Record<string, string> = {}) {
    const { stdout, stderr, exitCode } = await execa(
      process.execPath,
      ["-r", "ts-node/register", join("local", "commands", "local.ts"), ...args],
      { cwd: projectRoot, env: { LOCAL_STATE: join(folder, "state"), ...env }, reject: false, stdin: "ignore" },
    );
    return { stdout, stderr, exitCode };
  }

  it("shows its commands, examples and exit codes when it is asked nothing", async () => {
    const { stdout, exitCode } = await local([]);
    assert.equal(exitCode, ExitCode.done);
    for (const text of ["up", "status", "down", "reset", "logs", "kubeconfig", "Examples:", "Exit codes: 0 done"]) {
      assert.ok(stdout.includes(text), text);
    }
  });

  for (const [args, message, code] of [
    [["bring-up"], "Error: unknown command 'bring-up'", ExitCode.usage],
    [
      ["logs", "nginx"],
      `Error: command-argument value 'nginx' is invalid for argument 'name'. Allowed choices are ${partNames.join(", ")}.`,
      ExitCode.usage,
    ],
    [
      ["up", "--port", "http"],
      "Error: option '--port <number>' argument 'http' is invalid. It has to be a number between 1 and 65535.",
      ExitCode.usage,
    ],
  ] as const) {
    it(`refuses a wrong command line: ${args.join(" ")}`, async () => {
      const { stderr, stdout, exitCode } = await local(args);
      assert.equal(stderr, `${message}\nTo fix: npm run local -- --help`);
      assert.deepEqual({ stdout, exitCode }, { stdout: "", exitCode: code });
    });
  }

  it("refuses a port from the environment that is none", async () => {
    const { stderr, exitCode } = await local(["up"], { LOCAL_API_PORT: "http" });
    assert.equal(
      stderr,
      "Error: LOCAL_API_PORT is 'http', which is no port\nTo fix: set it to a number between 1 and 65535, or unset it",
    );
    assert.equal(exitCode, ExitCode.usage);
  });

  it("says where there is nothing yet, and makes nothing", async () => {
    const [status, json, down, reset, kubeconfig, logs] = await Promise.all([
      local(["status"]),
      local(["status", "--json"]),
      local(["down"]),
      local(["reset"]),
      local(["kubeconfig"]),
      local(["logs", "kwok"]),
    ]);
    assert.equal(status.stdout, "There is no embedded cluster yet. To make one: npm run local -- up");
    assert.equal(z.object({ condition: z.string() }).parse(JSON.parse(json.stdout)).condition, "absent");
    assert.equal(down.stdout, "Nothing was running.");
    assert.equal(reset.stdout, "There was nothing to delete.");
    assert.equal(kubeconfig.stderr, "Error: There is no embedded cluster yet\nTo fix: npm run local -- up");
    assert.equal(kubeconfig.exitCode, ExitCode.refused);
    assert.equal(logs.stderr, "Error: kwok has not run yet: there is no log\nTo fix: npm run local -- up");
    assert.equal(logs.exitCode, ExitCode.refused);
    assert.deepEqual(readdirSync(folder), []);
  });

  it("prints logs as they are, and the line that a shell can evaluate", async () => {
    const state = join(folder, "state");
    mkdirSync(join(state, "logs"), { recursive: true });
    writeFileSync(join(state, "logs", "kwok.log"), "one\ntwo\n");
    writeFileSync(join(state, "kubeconfig"), "");
    assert.equal((await local(["logs", "kwok"])).stdout, "one\ntwo");
    assert.equal((await local(["kubeconfig", "--export"])).stdout, `export KUBECONFIG='${join(state, "kubeconfig")}'`);
  });
});
