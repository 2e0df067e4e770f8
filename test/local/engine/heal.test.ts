import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { heal, type HealedStack } from "../../../local/engine/heal";
import { ExitCode, UserError } from "../../../local/errors";
import type { Progress } from "../../../local/progress";
import { silent } from "../../support/silent";

describe("repairing what a killed engine left", () => {
  let lockFolder: string;
  let commands: string[];
  let pending: object[];
  let known: object[];
  let imports: unknown[];
  let notes: string[];

  beforeEach(() => {
    lockFolder = mkdtempSync(join(tmpdir(), "locks-"));
    [commands, pending, known, imports, notes] = [[], [], [], [], []];
  });

  afterEach(() => {
    rmSync(lockFolder, { recursive: true });
  });

  const stack = (): HealedStack => ({
    name: "local",
    lockFolder,
    stateFile: join(lockFolder, "state"),
    command: (args) => {
      const file = args.includes("--file") ? args[args.indexOf("--file") + 1] : undefined;
      if (file !== undefined) imports.push(JSON.parse(readFileSync(file, "utf8")));
      commands.push(args.map((word) => (word === file ? "FILE" : word)).join(" "));
      return Promise.resolve(JSON.stringify({ deployment: { resources: known, pending_operations: pending } }));
    },
  });
  const progress = (): Progress => ({ ...silent, note: (text) => notes.push(text) });
  const run = (present: readonly string[] = []) =>
    heal(stack(), (...object) => Promise.resolve(present.includes(object.join(" "))), progress());

  it("goes back to the state before it where an engine left half of one", async () => {
    const file = stack().stateFile;
    writeFileSync(file, '{"version": 3, "check');
    writeFileSync(`${file}.bak`, '{"version": 3}');
    await run();
    assert.equal(readFileSync(file, "utf8"), '{"version": 3}');
  });

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

  const URN = "urn:pulumi:local::project::monitoring:workload:WebService$";
  const creating = (type: string, metadata: object) => ({
    type: "creating",
    resource: {
      urn: `${URN}${type}::web-deployment`,
      type,
      parent: `${URN.slice(0, -1)}::web`,
      provider: "urn:pulumi:local::project::pulumi:providers:kubernetes::cluster::1b2c",
      inputs: { metadata },
    },
  });

  it("adopts the object that a pending create made, and forgets one that is not there", async () => {
    pending = [
      creating("kubernetes:apps/v1:Deployment", { name: "web", namespace: "prod" }),
      creating("kubernetes:core/v1:Namespace", { name: "prod" }),
    ];
    await run(["apps/v1 Deployment prod web"]);
    assert.deepEqual(imports, [
      {
        nameTable: {
          urn0: "urn:pulumi:local::project::monitoring:workload:WebService::web",
          urn1: "urn:pulumi:local::project::pulumi:providers:kubernetes::cluster",
        },
        resources: [
          {
            type: "kubernetes:apps/v1:Deployment",
            name: "web-deployment",
            id: "prod/web",
            parent: "urn0",
            provider: "urn1",
          },
        ],
      },
    ]);
    assert.deepEqual(commands, [
      "stack export",
      "import --file FILE --yes --skip-preview --protect=false --generate-code=false",
      "refresh --yes --skip-preview --clear-pending-creates",
    ]);
  });

  it("does not adopt twice what an interrupted repair has taken into the state", async () => {
    const operation = creating("kubernetes:core/v1:Namespace", { name: "prod" });
    pending = [operation];
    known = [operation.resource];
    await run(["v1 Namespace  prod"]);
    assert.deepEqual(commands, ["stack export", "refresh --yes --skip-preview --clear-pending-creates"]);
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
