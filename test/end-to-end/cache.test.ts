import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { embedded, type Run, type TestStack } from "../support/embedded";

/** A class of this test's own: one that a stack makes is gone with that stack. */
const CLASS = {
  apiVersion: "storage.k8s.io/v1",
  kind: "StorageClass",
  metadata: { name: "cache-test" },
  provisioner: "simulated.example.com",
  volumeBindingMode: "WaitForFirstConsumer",
};

/** Whatever changes, these stay the objects that they are. */
const KEPT = "statefulsets,deployments,services,persistentvolumeclaims,poddisruptionbudgets,cronjobs,certificates";

/** What a change of the cache may do, and to which kinds. */
const ALLOWED =
  /^(update (StatefulSet|Deployment|CronJob|ResourceQuota)|(replace|create-replacement|delete-replaced|delete) (Secret|ConfigMap)|\S+ RandomPassword) /;

describe("the cache on the embedded cluster", function () {
  this.timeout(300_000);
  let stack: TestStack;
  const set = async (path: string, value: string) =>
    (await stack.engine).command(["config", "set", "--path", path, value]);

  before(async () => {
    const cluster = await embedded();
    const folder = mkdtempSync(join(tmpdir(), "cache-e2e-"));
    const file = join(folder, "class.json");
    writeFileSync(file, JSON.stringify(CLASS));
    await cluster.kubectl("apply", "-f", file);
    rmSync(folder, { recursive: true });
    stack = await cluster.stack("cache", (config) => {
      config["cache"] = {
        storageClass: CLASS.metadata.name,
        protect: false,
        backup: { destination: "s3://example-backups/cache" },
      };
      config["services"] = { "monitoring-web-service": { autoscaling: { minReplicas: 1 }, minAvailable: 0 } };
    });
  });

  after(async () => {
    await stack.destroy();
  });

  const identities = () =>
    stack.kubectl("get", KEPT, "-o", "jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.uid}{'\\n'}{end}");

  const named = (run: Run) => run.changes.map(({ op, resource }) => `${op} ${resource}`);

  it("is up with one command: three servers with a claim each, two proxies, snapshots every day", async () => {
    const run = await stack.up();
    assert.deepEqual(run.errors, []);
    const ready = (kind: string, name: string) =>
      stack.kubectl("get", kind, name, "-o", "jsonpath={.status.readyReplicas}");
    assert.equal(await ready("statefulset", "valkey"), "3");
    assert.equal(await ready("deployment", "redis-proxy"), "2");
    const claims = await stack.kubectl("get", "pvc", "-o", "jsonpath={.items[*].metadata.name}");
    assert.deepEqual(claims.split(" ").sort(), ["data-valkey-0", "data-valkey-1", "data-valkey-2"]);
    assert.equal(
      await stack.kubectl("get", "cronjob", "cache-snapshot", "-o", "jsonpath={.spec.schedule}"),
      "17 2 * * *",
    );
  });

  it("has pods that Pod Security restricted and the quota let in, each on a node of its own", async () => {
    const path = "jsonpath={range .items[*]}{.spec.nodeName}{'\\n'}{end}";
    const nodes = (await stack.kubectl("get", "pods", "-l", "app.kubernetes.io/name=valkey", "-o", path)).trim();
    assert.equal(new Set(nodes.split("\n")).size, 3);
    const budgets = "jsonpath={range .items[*]}{.metadata.name}={.status.disruptionsAllowed} {end}";
    assert.match(await stack.kubectl("get", "pdb", "-o", budgets), /redis-proxy=1 .*valkey=1 /);
  });

  it("does not change the second time", async () => {
    assert.deepEqual((await stack.up()).changes, []);
    assert.deepEqual((await stack.preview()).changes, []);
  });

  const changes: Readonly<Record<string, readonly [path: string, value: string, rolled: readonly string[]]>> = {
    "rotating the service's password": [
      "secrets.rotation.cache",
      "2",
      ["update Deployment monitoring-web-service-blue", "update StatefulSet cache-servers"],
    ],
    "rotating the probes' password": [
      "secrets.rotation.cacheProbe",
      "2",
      ["update CronJob cache-snapshots", "update Deployment cache-proxy", "update StatefulSet cache-servers"],
    ],
    "rotating the snapshots' password": [
      "secrets.rotation.cacheBackup",
      "2",
      ["update CronJob cache-snapshots", "update StatefulSet cache-servers"],
    ],
    "more memory": [
      "cache.resources.limits.memory",
      "1Gi",
      ["update CronJob cache-snapshots", "update StatefulSet cache-servers"],
    ],
    "another image": [
      "cache.images.valkey",
      "registry.example.com/valkey:9.1.3",
      ["update CronJob cache-snapshots", "update StatefulSet cache-servers"],
    ],
  };

  for (const [what, [path, value, rolled]] of Object.entries(changes)) {
    it(`rolls its pods and replaces nothing by ${what}`, async () => {
      const kept = await identities();
      await set(path, value);
      const run = await stack.up();
      assert.deepEqual(run.errors, []);
      assert.deepEqual(
        named(run).filter((line) => !ALLOWED.test(line)),
        [],
      );
      assert.deepEqual(
        named(run)
          .filter((line) => / (StatefulSet|Deployment|CronJob) /.test(line))
          .sort(),
        rolled,
      );
      assert.equal(await identities(), kept);
      const revisions = "jsonpath={.status.currentRevision} {.status.updateRevision} {.status.readyReplicas}";
      const [current, updated, ready] = (await stack.kubectl("get", "statefulset", "valkey", "-o", revisions)).split(
        " ",
      );
      assert.deepEqual([current, ready], [updated, "3"]);
    });
  }

  it("cannot be replaced or deleted while it is protected", async () => {
    const kept = await identities();
    await set("cache.protect", "true");
    assert.deepEqual((await stack.up()).errors, []);
    await set("cache.storage", "4Gi");
    const smaller = await stack.up();
    assert.match(smaller.errors.join("\n"), /protect/);
    await set("cache.storage", "8Gi");
    const destroyed = await stack.destroy();
    assert.match(destroyed.errors.join("\n"), /protect/);
    assert.equal((await identities()).includes("StatefulSet/valkey"), true);
    await set("cache.protect", "false");
    assert.deepEqual((await stack.up()).errors, []);
    const [, ...uid] = /StatefulSet\/valkey (\S+)/.exec(kept) ?? [];
    assert.match(await identities(), new RegExp(`StatefulSet/valkey ${uid.join("")}`));
  });

  it("leaves its claims when its servers are gone", async () => {
    await stack.configure((config) => {
      config["cache"] = { kind: "existing", existing: { host: "redis", peer: { cidrs: ["10.9.0.0/16"] } } };
    });
    assert.deepEqual((await stack.up()).errors, []);
    assert.equal(await stack.kubectl("get", "statefulsets", "-o", "name"), "");
    const claims = await stack.kubectl("get", "pvc", "-o", "jsonpath={.items[*].metadata.name}");
    assert.equal(claims.split(" ").length, 3);
  });
});
