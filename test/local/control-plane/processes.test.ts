import { strict as assert } from "node:assert";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PartName } from "../../../local/control-plane/parts";
import { identify, isAlive, type ProcessIdentity } from "../../../local/control-plane/process-identity";
import {
  lastWords,
  logFile,
  runningProcess,
  StartedProcesses,
  stopProcesses,
} from "../../../local/control-plane/processes";
import { projectRoot, stateFolder, type StateFolder } from "../../../local/state";
import { eventually } from "../../support/eventually";

describe("the processes of an environment", () => {
  let state: StateFolder;
  let starter: ChildProcess | undefined;

  beforeEach(() => {
    state = stateFolder(mkdtempSync(join(tmpdir(), "processes-")));
  });

  afterEach(async () => {
    starter?.kill("SIGKILL");
    await stopProcesses(state);
    rmSync(state.root, { recursive: true, force: true });
  });

  const options = (name: PartName, script: string) => ({
    name,
    program: "sh",
    version: "1",
    args: ["-c", script],
    fingerprint: "f",
  });

  const FOREVER = "echo ready; while :; do sleep 0.1; done";

  /** A process that starts two parts and, depending on `then`, goes on. */
  async function startFromOtherProcess(then: string): Promise<void> {
    const script = `
      const { StartedProcesses } = require("./local/control-plane/processes.ts");
      const { stateFolder } = require("./local/state.ts");
      (async () => {
        const started = new StartedProcesses(stateFolder(${JSON.stringify(state.root)}));
        const part = (name) => ({ name, program: "sh", version: "1", args: ["-c", ${JSON.stringify(FOREVER)}], fingerprint: "f" });
        await started.start(part("etcd"));
        await started.start(part("kwok"));
        ${then}
      })();`;
    starter = spawn(process.execPath, ["-r", "ts-node/register", "-e", script], { cwd: projectRoot, stdio: "inherit" });
    await eventually(() => running().length === 2);
  }

  function running(): ProcessIdentity[] {
    return (["etcd", "kwok"] as const).flatMap((name) => runningProcess(state, name) ?? []);
  }

  it("are recorded with what recognises them again, and their output is kept", async () => {
    const started = new StartedProcesses(state);
    const record = await started.start(options("etcd", FOREVER));
    assert.deepEqual(runningProcess(state, "etcd"), record);
    assert.deepEqual(started.names, ["etcd"]);
    await eventually(() => readFileSync(logFile(state, "etcd"), "utf8") === "ready\n");
    await started.abandon();
    assert.equal(isAlive(record), false);
    assert.equal(runningProcess(state, "etcd"), undefined);
  });

  it("end within moments when their starter is killed before it finished", async () => {
    await startFromOtherProcess("setInterval(() => {}, 1000);");
    const processes = running();
    assert.equal(processes.length, 2);
    starter?.kill("SIGKILL");
    await eventually(() => !processes.some(isAlive));
  });

  it("end as well when their starter is gone before it knows of them", async () => {
    const pidFile = join(state.root, "pid");
    const script = `echo $$ > ${pidFile}.new; mv ${pidFile}.new ${pidFile}; exec sleep 60`;
    const supervise = join(projectRoot, "local", "control-plane", "supervise.sh");
    const keep = join(state.root, "keep");
    // Its standard output is a pipe that nobody reads any more when it starts.
    const supervisor = spawn(
      "sh",
      ["-c", 'sleep 0.2; exec sh "$@"', "sh", supervise, keep, "/dev/null", "sh", "-c", script],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    supervisor.stdout.destroy();
    await eventually(() => supervisor.exitCode !== null || supervisor.signalCode !== null);
    await eventually(() => !existsSync(pidFile) || identify(Number(readFileSync(pidFile, "utf8"))) === undefined);
  });

  it("stay when their starter finished, and leave nothing of the starting behind", async () => {
    await startFromOtherProcess("await started.commit();");
    assert.ok(starter);
    if (starter.exitCode === null) await once(starter, "exit");
    assert.equal(running().length, 2);
    assert.deepEqual(readdirSync(state.run).sort(), ["etcd.json", "kwok.json"]);
    assert.deepEqual(await stopProcesses(state), ["kwok", "etcd"]);
    assert.deepEqual(readdirSync(state.run), []);
  });

  it("are killed when they do not end by themselves", async () => {
    const started = new StartedProcesses(state);
    const record = await started.start(options("etcd", `trap "" TERM; ${FOREVER}`));
    await eventually(() => readFileSync(logFile(state, "etcd"), "utf8") === "ready\n");
    await stopProcesses(state, ["etcd"], 100);
    assert.equal(isAlive(record), false);
    await started.abandon();
  });

  it("are only those that the record means", async () => {
    const other = spawn("sleep", ["60"]);
    try {
      const started = new StartedProcesses(state);
      const record = await started.start(options("etcd", FOREVER));
      await started.abandon();
      // Not the record's own start: both may have started in the same clock tick (10 ms).
      const earlier = { ...record, start: identify(process.pid)?.start, pid: other.pid };
      writeFileSync(join(state.run, "etcd.json"), JSON.stringify(earlier));
      assert.equal(runningProcess(state, "etcd"), undefined);
      assert.deepEqual(await stopProcesses(state), []);
      assert.equal(other.exitCode ?? other.signalCode, null);
    } finally {
      other.kill("SIGKILL");
    }
  });

  it("get no settings of the user's shell", async () => {
    process.env["HTTPS_PROXY"] = "http://proxy.invalid:1";
    try {
      const started = new StartedProcesses(state);
      await started.start(options("etcd", 'echo "proxy:$HTTPS_PROXY home:$HOME"; sleep 60'));
      await eventually(() => readFileSync(logFile(state, "etcd"), "utf8") !== "");
      assert.equal(readFileSync(logFile(state, "etcd"), "utf8"), `proxy: home:${state.root}\n`);
      await started.abandon();
    } finally {
      delete process.env["HTTPS_PROXY"];
    }
  });

  it("keep the log of the run before", async () => {
    const started = new StartedProcesses(state);
    await started.start(options("etcd", "echo one; sleep 60"));
    await eventually(() => readFileSync(logFile(state, "etcd"), "utf8") === "one\n");
    await started.abandon();
    await started.start(options("etcd", "echo two; sleep 60"));
    await eventually(
      () => existsSync(logFile(state, "etcd")) && readFileSync(logFile(state, "etcd"), "utf8") === "two\n",
    );
    assert.equal(readFileSync(`${logFile(state, "etcd")}.previous`, "utf8"), "one\n");
    await started.abandon();
  });

  it("are quoted by what they said of their failure", async () => {
    const started = new StartedProcesses(state);
    await started.start(options("kwok", "sleep 60"));
    const say = (text: string) => {
      writeFileSync(logFile(state, "kwok"), text);
    };
    say("");
    assert.equal(lastWords(state, "kwok"), "it said nothing");
    say(
      'I1121 02:31:29.794053   31534 x.go:1] fine\nE1121 02:31:29.794687   31534 run.go:72] "command failed" err="no"\nI1121 02:31:30.000000   31534 x.go:1] bye\n',
    );
    assert.equal(lastWords(state, "kwok"), 'run.go:72] "command failed" err="no"');
    say('{"level":"info","msg":"x"}\n{"level":"fatal","msg":"failed to start","error":"address in use"}\n');
    assert.equal(lastWords(state, "kwok"), "failed to start: address in use");
    say('{"level":"ERROR","msg":"Execute exit","err":"no stages found"}\n');
    assert.equal(lastWords(state, "kwok"), "Execute exit: no stages found");
    say("something\nunknown flag: --x\n");
    assert.equal(lastWords(state, "kwok"), "unknown flag: --x");
    await started.abandon();
  });
});
