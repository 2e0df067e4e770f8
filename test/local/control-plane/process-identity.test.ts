import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { identify, isAlive, signal } from "../../../local/control-plane/process-identity";
import { eventually } from "../../support/eventually";

describe("the identity of a process", () => {
  it("is the same each time for a running process", () => {
    const self = identify(process.pid);
    assert.ok(self);
    assert.equal(self.pid, process.pid);
    assert.deepEqual(identify(process.pid), self);
    assert.equal(isAlive(self), true);
  });

  it("is none for a process that ended", async () => {
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    const { pid } = child;
    assert.ok(pid !== undefined);
    const identity = identify(pid);
    assert.ok(identity);
    child.kill("SIGKILL");
    await once(child, "exit");
    assert.equal(identify(pid), undefined);
    assert.equal(isAlive(identity), false);
  });

  it("is none for a process that is dead and was not reaped", async () => {
    // The shell starts a child, prints its pid and never waits for it.
    const shell = spawn("sh", ["-c", "sleep 0 & echo $!; exec sleep 60"], { stdio: ["ignore", "pipe", "ignore"] });
    try {
      const [line] = (await once(shell.stdout, "data")) as [Buffer];
      const pid = Number(line.toString());
      await eventually(() => identify(pid) === undefined);
    } finally {
      shell.kill("SIGKILL");
    }
  });

  it("does not take another process with the same pid for ours, and sends it no signal", () => {
    const reused = { pid: process.pid, start: "an earlier process" };
    assert.equal(isAlive(reused), false);
    signal(reused, "SIGKILL");
    assert.ok(identify(process.pid), "this process is still here");
  });
});
