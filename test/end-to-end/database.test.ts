import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ExecaError } from "execa";
import { embedded, type TestStack } from "../support/embedded";
import { eventually } from "../support/eventually";

type Config = Record<string, unknown>;

/** The local stack's database with the backups of a real one, so that every kind of object is there. */
const database = (change: Config = {}) => ({
  primaryUpdate: "unsupervised",
  deletionProtection: false,
  backup: { destination: "s3://example-backups/monitoring-web-service" },
  ...change,
});

const KINDS = [
  "clusters.postgresql.cnpg.io",
  "databases.postgresql.cnpg.io",
  "poolers.postgresql.cnpg.io",
  "scheduledbackups.postgresql.cnpg.io",
  "objectstores.barmancloud.cnpg.io",
  "podmonitors.monitoring.coreos.com",
  "prometheusrules.monitoring.coreos.com",
  "poddisruptionbudgets.policy",
];

/** What a command that has to fail says. */
async function refusal(command: Promise<string>): Promise<string> {
  try {
    return `it was done: ${await command}`;
  } catch (error) {
    assert.ok(error instanceof ExecaError);
    return String(error.stderr);
  }
}

const PROTECTED =
  "the database is protected: set database.deletionProtection to false and update the stack before deleting";

describe("the database on the embedded cluster", function () {
  this.timeout(240_000);
  let stack: TestStack;
  const configure = (change: Config) =>
    stack.configure((config) => {
      config["database"] = database(change);
    });

  before(async () => {
    stack = await (
      await embedded()
    ).stack("database", (config) => {
      config["database"] = database();
    });
  });

  after(async () => {
    await configure({});
    await stack.up();
    await stack.destroy();
  });

  it("comes up in one go, before the services: every object is accepted by the CRD that its operator brings", async () => {
    const run = await stack.up();
    assert.deepEqual(run.errors, []);
    const names = await stack.kubectl("get", KINDS.join(","), "--output", "name");
    assert.deepEqual(names.trim().split("\n").sort(), [
      "cluster.postgresql.cnpg.io/timescaledb",
      "database.postgresql.cnpg.io/timescaledb",
      "objectstore.barmancloud.cnpg.io/timescaledb",
      "poddisruptionbudget.policy/monitoring-web-service-blue",
      "poddisruptionbudget.policy/postgresql-pooler",
      "poddisruptionbudget.policy/postgresql-read-pooler",
      "poddisruptionbudget.policy/redis-proxy",
      "poddisruptionbudget.policy/valkey",
      "podmonitor.monitoring.coreos.com/timescaledb-poolers",
      "podmonitor.monitoring.coreos.com/timescaledb-servers",
      "pooler.postgresql.cnpg.io/postgresql",
      "pooler.postgresql.cnpg.io/postgresql-read",
      "prometheusrule.monitoring.coreos.com/timescaledb-alerts",
      "scheduledbackup.postgresql.cnpg.io/timescaledb-daily",
    ]);
    const order = run.changes.map(({ resource }) => resource);
    assert.ok(order.indexOf("Pooler database-write") < order.indexOf("Deployment monitoring-web-service-blue"));
  });

  it("changes nothing the second time, nor after a refresh: no field was pruned", async () => {
    assert.deepEqual((await stack.up()).changes, []);
    assert.deepEqual((await stack.refresh()).changes, []);
    assert.deepEqual((await stack.preview()).changes, []);
  });

  it("holds the cluster to recover with ready, complete and valid to the last field", async () => {
    const folder = await mkdtemp(join(tmpdir(), "recovery-"));
    try {
      const selector = ["--selector", "app.kubernetes.io/component=recovery"];
      const path = "jsonpath={.items[0].data.cluster\\.json}";
      const manifest = await stack.kubectl("get", "configmap", ...selector, "--output", path);
      await writeFile(join(folder, "cluster.json"), manifest);
      const apply = ["apply", "--dry-run=server", "--validate=strict", "--filename", join(folder, "cluster.json")];
      const said = await stack.kubectl(...apply);
      assert.equal(said, "cluster.postgresql.cnpg.io/timescaledb-recovered created (server dry run)");

      // The check can fail: a field that the CRD does not know is refused.
      await writeFile(join(folder, "cluster.json"), manifest.replace('"instances":', '"instanecs":1,"instances":'));
      assert.match(await refusal(stack.kubectl(...apply)), /unknown field "spec\.instanecs"/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  describe("when it is protected", () => {
    before(async () => {
      await configure({ deletionProtection: true });
      assert.deepEqual((await stack.up()).errors, []);
      // The API server takes a policy up some time after it has it.
      const trial = ["delete", "cluster.postgresql.cnpg.io", "timescaledb", "--dry-run=server"];
      await eventually(async () => (await refusal(stack.kubectl(...trial))).includes(PROTECTED), {
        timeoutSeconds: 60,
      });
    });

    const things: Readonly<Record<string, readonly string[]>> = {
      "its cluster": ["clusters.postgresql.cnpg.io", "timescaledb"],
      "all clusters at once": ["clusters.postgresql.cnpg.io", "--all"],
      "its object store": ["objectstores.barmancloud.cnpg.io", "timescaledb"],
      "the namespace around it": ["namespaces", "mws-database"],
    };
    for (const [what, named] of Object.entries(things)) {
      it(`is not deleted by kubectl, an administrator's: ${what}`, async () => {
        const said = await refusal(stack.kubectl("delete", ...named, "--wait=false"));
        assert.ok(said.includes(`${PROTECTED} ${named[0]?.split(".")[0] ?? ""}`), said);
        const left = ["get", "clusters.postgresql.cnpg.io,objectstores.barmancloud.cnpg.io", "--output", "name"];
        assert.equal((await stack.kubectl(...left)).trim().split("\n").length, 2);
      });
    }

    it("lets the operator delete a volume, and nobody else", async () => {
      const claim = {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name: "timescaledb-1-wal", labels: { "cnpg.io/cluster": "timescaledb" } },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "20Gi" } } },
      };
      const folder = await mkdtemp(join(tmpdir(), "claim-"));
      try {
        await writeFile(join(folder, "claim.json"), JSON.stringify(claim));
        await stack.kubectl("apply", "--filename", join(folder, "claim.json"));
      } finally {
        await rm(folder, { recursive: true });
      }
      const remove = ["delete", "persistentvolumeclaims", "timescaledb-1-wal", "--wait=false"];
      assert.match(await refusal(stack.kubectl(...remove)), /persistentvolumeclaims timescaledb-1-wal/);
      const operator = ["--as", "system:serviceaccount:cnpg-system:cloudnative-pg"];
      const groups = ["system:serviceaccounts:cnpg-system", "system:masters"].flatMap((group) => ["--as-group", group]);
      await stack.kubectl(...remove, ...operator, ...groups);
    });

    it("outlives a destroy of the stack, which takes the services and stops; the next up brings them back to it", async () => {
      const identity = ["get", "clusters.postgresql.cnpg.io", "--output", "jsonpath={.items[*].metadata.uid}"];
      const before = await stack.kubectl(...identity);
      const { errors } = await stack.destroy();
      assert.match(errors.join("\n"), /database-cluster.*protect/s);
      assert.equal(await stack.kubectl(...identity), before);

      assert.deepEqual((await stack.up()).errors, []);
      assert.equal(await stack.kubectl(...identity), before);
      assert.deepEqual((await stack.kubectl("get", "deployments", "--output", "name")).split("\n"), [
        "deployment.apps/monitoring-web-service-blue",
        "deployment.apps/redis-proxy",
      ]);
    });

    it("is not dropped for another kind of database", async () => {
      await stack.configure((config) => {
        config["database"] = { kind: "existing", existing: {} };
      });
      const { errors } = await stack.up();
      assert.match(errors.join("\n"), /database-cluster.*protect/s);
      await configure({ deletionProtection: true });
    });

    it("does not shrink: the preview says so, before anything is touched", async () => {
      await configure({ deletionProtection: true, storage: { size: "50Gi" } });
      const { errors } = await stack.preview();
      assert.match(errors.join("\n"), /spec\.storage\.size cannot shrink: it is 100Gi/);
      const size = ["get", "clusters.postgresql.cnpg.io", "timescaledb", "--output", "jsonpath={.spec.storage.size}"];
      assert.equal(await stack.kubectl(...size), "100Gi");
      await configure({ deletionProtection: true });
    });
  });
});
