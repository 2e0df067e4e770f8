import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { heal, type HealedStack } from "../../../local/engine/heal";
import { ExitCode, UserError } from "../../../local/errors";
import type { Progress } from "../../../local/progress";
import { silent } from "../../support/embedded";

describe("repairing what a killed engine left", () => {
  let lockFolder: string;
  let commands: string[];
  let pending: object[];
  let notes: string[];

  beforeEach(() => {
    lockFolder = mkdtempSync(join(tmpdir(), "locks-"));
    [commands, pending, notes] = [[], [], []];
  });

  afterEach(() => {
    rmSync(lockFolder, { recursive: true });
  });

  const stack = (): HealedStack => ({
    name: "local",
    lockFolder,
    command: (args) => {
      commands.push(args.join(" "));
      return Promise.resolve(JSON.stringify({ deployment: { pending_operations: pending } }));
    },
  });
  const progress = (): Progress => ({ ...silent, note: (text) => notes.push(text) });
  const run = (present: readonly string[] = []) =>
    heal(stack(), (...object) => Promise.resolve(present.includes(object.join(" "))), progress());

  const lock = (content: object) => {
    writeFileSync(join(lockFolder, "0b1.json"), JSON.stringify(content));
    writeFileSync(join(lockFolder, "0b1.json.attrs"), "{}");
  };
  const ended = () => spawnSync("true").pid;
  const own = { username: "ana", hostname: hostname(), timestamp: "2026-11-21T03:00:00.5Z" };

  it("does nothing when nothing was left", async () => {
    await run();
    assert.deepEqual(commands, ["stack export"]);
    assert.deepEqual(notes, []);
  });

  it("releases the lock of a process that has ended", async () => {
    lock({ ...own, pid: ended() });
    await run();
    assert.deepEqual(commands, ["cancel --yes", "stack export"]);
    assert.deepEqual(notes, ["Released the lock of an interrupted run of the stack local: its process has ended."]);
  });

  it("releases a lock whose pid belongs to a process that started later", async () => {
    lock({ ...own, pid: process.pid, timestamp: "2001-01-01T00:00:00Z" });
    await run();
    assert.deepEqual(commands, ["cancel --yes", "stack export"]);
  });

  it("releases half a lock", async () => {
    writeFileSync(join(lockFolder, "0b1.json"), '{"pid":');
    await run();
    assert.deepEqual(commands, ["cancel --yes", "stack export"]);
  });

  it("names the holder that lives, and touches nothing", async () => {
    const timestamp = new Date(Date.now() + 60_000).toISOString();
    lock({ ...own, pid: process.pid, timestamp });
    await assert.rejects(run(), (error: UserError) => {
      assert.equal(
        error.message,
        `The stack local is being changed by ana on ${hostname()} (pid ${process.pid}, since ${timestamp}).`,
      );
      assert.equal(error.remedy, "Wait until that has ended, then run this again.");
      assert.equal(error.exitCode, ExitCode.refused);
      return true;
    });
    assert.deepEqual(commands, []);
  });

  it("never takes the lock of another machine", async () => {
    lock({ ...own, pid: ended(), hostname: "elsewhere" });
    await assert.rejects(run(), UserError);
    assert.deepEqual(commands, []);
  });

  const creating = (type: string, metadata: object) => ({
    type: "creating",
    resource: { urn: `urn:${JSON.stringify(metadata)}`, type, inputs: { metadata } },
  });

  it("adopts the object that a pending create made, and forgets one that is not there", async () => {
    const made = creating("kubernetes:apps/v1:Deployment", { name: "web", namespace: "prod" });
    pending = [made, creating("kubernetes:core/v1:Namespace", { name: "prod" })];
    await run(["apps/v1 Deployment prod web"]);
    assert.deepEqual(commands, [
      "stack export",
      "refresh --yes --skip-preview --clear-pending-creates " +
        `--import-pending-creates ${made.resource.urn} --import-pending-creates prod/web`,
    ]);
  });

  it("forgets pending creates of what no cluster can tell, and other pending operations", async () => {
    pending = [
      creating("random:index/randomBytes:RandomBytes", { name: "x" }),
      creating("kubernetes:helm.sh/v3:Release", { name: "x" }),
      { type: "deleting", resource: { urn: "urn:x", type: "kubernetes:core/v1:Secret", inputs: {} } },
    ];
    await run();
    assert.deepEqual(commands, ["stack export", "refresh --yes --skip-preview --clear-pending-creates"]);
  });
});
