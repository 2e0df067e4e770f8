import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../../local/state";
import { ensureTools } from "../../../local/toolchain";
import { processStart } from "../../../local/toolchain/bootstrap/lock.mjs";
import { eventually } from "../../support/eventually";
import { RecordedProgress, Sandbox, withoutDownloads } from "../../support/fake-tools";

describe("an interrupted build", () => {
  let sandbox: Sandbox;
  let child: ChildProcess;

  beforeEach(() => {
    sandbox = new Sandbox();
  });

  afterEach(() => {
    child.kill("SIGKILL");
    sandbox.remove();
  });

  /** A process of its own that builds etcd with a go that never ends and has a child, and ignores polite signals. */
  async function startBuild(): Promise<void> {
    const pids = join(sandbox.root, "pids");
    sandbox.go({
      build: `trap '' TERM; echo half > "$out"; sh -c 'trap "" TERM; echo $$ >> ${pids}; while :; do sleep 1; done' & echo $$ >> '${pids}'; wait`,
    });
    const program = `
      const { runCommand } = require("./local/commands/run-command");
      const { ensureTools } = require("./local/toolchain");
      const { withoutDownloads: table } = require("./test/support/fake-tools");
      const env = JSON.parse(process.env.SANDBOX);
      runCommand(async (args, { progress, signal }) => {
        await ensureTools(["etcd"], progress, { env, table, signal });
      });`;
    child = spawn(process.execPath, ["-r", "ts-node/register", "-e", program], {
      cwd: projectRoot,
      env: { ...process.env, SANDBOX: JSON.stringify(sandbox.env) },
      stdio: "ignore",
    });
    await eventually(() => goPids().length === 2);
  }

  function goPids(): number[] {
    const file = join(sandbox.root, "pids");
    return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").map(Number) : [];
  }

  const exitCode = () => new Promise((resolve) => child.on("exit", resolve));
  const leftovers = () => readdirSync(join(sandbox.cache, "tools", "etcd"));
  const nothingRuns = () => goPids().every((pid) => processStart(pid) === undefined);

  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    it(`leaves no process, no half file and no lock after ${signal}`, async () => {
      await startBuild();
      const exited = exitCode();
      child.kill(signal);
      assert.equal(await exited, 6);
      await eventually(nothingRuns);
      assert.deepEqual(leftovers(), []);
    });
  }

  it("leaves no process after SIGKILL, and the next build clears up and succeeds", async () => {
    await startBuild();
    child.kill("SIGKILL");
    await eventually(nothingRuns);
    assert.notDeepEqual(leftovers(), []);

    sandbox.go();
    const { etcd } = await ensureTools(["etcd"], new RecordedProgress(), { env: sandbox.env, table: withoutDownloads });
    assert.equal(etcd.source, "build");
    assert.equal(leftovers().length, 1);
  });
});
