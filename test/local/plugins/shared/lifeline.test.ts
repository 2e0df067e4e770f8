import { equal } from "node:assert/strict";
import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { launcherScript } from "../../../../local/plugins/launcher-script";

describe("a plugin process", function () {
  this.timeout(30_000);
  let plugin: ChildProcessByStdio<Writable, Readable, null> | undefined;

  beforeEach(async () => {
    const script = launcherScript({ main: join("random", "main.ts"), state: "/nowhere" });
    plugin = spawn("/bin/sh", ["-c", script, "plugin", "127.0.0.1:1"], { stdio: ["pipe", "pipe", "inherit"] });
    await once(plugin.stdout, "data");
  });
  afterEach(() => {
    plugin?.kill("SIGKILL");
  });

  it("ends when the engine no longer holds its standard input", async () => {
    plugin?.stdin.end();

    equal((await once(plugin ?? process, "exit"))[0], 0);
  });

  it("ends at the engine's SIGINT", async () => {
    plugin?.kill("SIGINT");

    equal((await once(plugin ?? process, "exit"))[0], 0);
  });
});
