import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { projectRoot } from "../../../local/state";
import { processStart, withLock } from "../../../local/toolchain/bootstrap/lock.mjs";

describe("withLock", () => {
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "lock-"));
    path = join(folder, "some.lock");
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const hold = (holder: object) => {
    writeFileSync(path, JSON.stringify({ purpose: "building etcd", since: "2026-01-01T00:00:00.000Z", ...holder }));
  };

  it("gives back what the work returns and leaves nothing behind", async () => {
    assert.equal(await withLock(path, "test", () => Promise.resolve(existsSync(path))), true);
    assert.deepEqual(readdirSync(folder), []);
  });

  it("is free again after work that fails", async () => {
    await assert.rejects(
      withLock(path, "test", () => Promise.reject(new Error("no"))),
      /^Error: no$/,
    );
    assert.deepEqual(readdirSync(folder), []);
  });

  it("takes over from a process that is gone", async () => {
    hold({ pid: 2 ** 22 + 1, start: "1", host: hostname() });
    await withLock(path, "test", () => Promise.resolve());
    assert.deepEqual(readdirSync(folder), []);
  });

  it("takes over when another process has the number of the one that is gone", async () => {
    hold({ pid: process.pid, start: "an earlier start", host: hostname() });
    await withLock(path, "test", () => Promise.resolve());
  });

  it("waits for a holder that runs, says who it is, and stops waiting on abort", async () => {
    hold({ pid: process.pid, start: processStart(process.pid), host: hostname() });
    const told: string[] = [];
    const abort = new AbortController();
    const waiting = withLock(path, "test", () => Promise.resolve(), {
      signal: abort.signal,
      onWait: (who) => {
        told.push(who);
        abort.abort();
      },
    });
    await assert.rejects(waiting, { name: "AbortError" });
    assert.deepEqual(told, [
      `waiting for pid ${process.pid} on ${hostname()} (building etcd, since 2026-01-01T00:00:00.000Z)`,
    ]);
  });

  it("never takes over from another machine: nobody can tell from here whether the holder runs", async () => {
    hold({ pid: 2 ** 22 + 1, start: "1", host: "elsewhere" });
    const abort = new AbortController();
    const waiting = withLock(path, "test", () => Promise.resolve(), {
      signal: abort.signal,
      onWait: () => {
        abort.abort();
      },
    });
    await assert.rejects(waiting, { name: "AbortError" });
    assert(existsSync(path));
  });

  it("lets one in at a time, of many processes that find a stale lock", async () => {
    hold({ pid: 2 ** 22 + 1, start: "1", host: hostname() });
    const counter = join(folder, "counter");
    writeFileSync(counter, "0");
    const module = pathToFileURL(join(projectRoot, "local", "toolchain", "bootstrap", "lock.mjs")).href;
    const program = `
      import { readFileSync, writeFileSync } from "node:fs";
      import { withLock } from ${JSON.stringify(module)};
      for (let i = 0; i < 5; i++) {
        await withLock(${JSON.stringify(path)}, "test", async () => {
          const value = Number(readFileSync(${JSON.stringify(counter)}, "utf8"));
          await new Promise((resolve) => setImmediate(resolve));
          writeFileSync(${JSON.stringify(counter)}, String(value + 1));
        });
      }`;
    const codes = await Promise.all(
      Array.from({ length: 6 }, () => {
        const child = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: "inherit" });
        return new Promise((resolve) => child.on("exit", resolve));
      }),
    );
    assert.deepEqual(codes, [0, 0, 0, 0, 0, 0]);
    assert.equal(readFileSync(counter, "utf8"), "30");
  });

  it("is freed when the holder exits in the middle of its work", async () => {
    const module = pathToFileURL(join(projectRoot, "local", "toolchain", "bootstrap", "lock.mjs")).href;
    const program = `
      import { withLock } from ${JSON.stringify(module)};
      await withLock(${JSON.stringify(path)}, "test", async () => process.exit(3));`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program]);
    assert.equal(await new Promise((resolve) => child.on("exit", resolve)), 3);
    assert.deepEqual(readdirSync(folder), []);
  });
});
