import assert from "node:assert/strict";

import fc from "fast-check";

import { type ClusterPlan, clusterSpec, type ClusterSettings } from "../../../components/data/cluster-spec";
import { database } from "../../../infra/config/database";

const specified: ClusterSettings = database.parse({});

const settings = fc.record({
  instances: fc.integer({ min: 1, max: 9 }),
  maxConnections: fc.integer({ min: 50, max: 300 }),
  durability: fc.constantFrom("required", "preferred"),
  primaryUpdate: fc.constantFrom("supervised", "unsupervised"),
  edition: fc.constantFrom("apache-2", "community"),
  extension: fc.constantFrom("", "registry.example.com/timescaledb:2.29.0-18"),
  size: fc.integer({ min: 1, max: 1000 }),
});

const plans = fc
  .record({ settings, database: fc.constantFrom("metrics", "metrics_production"), annotated: fc.boolean() })
  .map(({ settings: { edition, extension, size, ...rest }, database: name, annotated }): ClusterPlan => ({
    settings: {
      ...specified,
      ...rest,
      timescaledb: { edition, image: extension },
      storage: { size: `${size}Gi`, class: "fast-ssd" },
    },
    database: name,
    logins: { owner: "owner-1a2b", service: "service-1a2b", reader: "reader-1a2b" },
    priorityClass: "apps-data",
    certificate: "postgresql-tls",
    backup: { objectStore: "timescaledb", serviceAccountAnnotations: annotated ? { role: "backup" } : {} },
  }));

type Spec = Readonly<Record<string, unknown>>;

function without(spec: Spec, ...keys: readonly string[]): Spec {
  return Object.fromEntries(Object.entries(spec).filter(([key]) => !keys.includes(key)));
}

const recover = (name: string, plan: ClusterPlan) =>
  clusterSpec(name, plan, { kind: "recovery", from: "timescaledb", targetTime: "2026-11-24T06:00:00Z" });

describe("a recovered cluster", () => {
  it("is the cluster that it recovers in all but its origin", () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const served = clusterSpec("timescaledb", plan, { kind: "new" });
        const recovered = recover("timescaledb", plan);
        assert.deepEqual(without(recovered, "bootstrap", "externalClusters"), without(served, "bootstrap"));
      }),
    );
  });

  it("has its own name in the archive and in what selects its pods, and differs by its name in nothing else", () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const one = without(recover("timescaledb", plan), "bootstrap", "externalClusters");
        const other = without(recover("timescaledb-recovered", plan), "bootstrap", "externalClusters");
        assert.deepEqual(JSON.parse(JSON.stringify(other).replaceAll("timescaledb-recovered", "timescaledb")), one);
        const parameters = { barmanObjectName: "timescaledb", serverName: "timescaledb-recovered" };
        assert.deepEqual((other["plugins"] as readonly { readonly parameters: unknown }[])[0]?.parameters, parameters);
      }),
    );
  });

  it("has the database, the owner and the password of the one that it recovers", () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const { initdb } = clusterSpec("timescaledb", plan, { kind: "new" }).bootstrap as { readonly initdb: Spec };
        const { recovery } = recover("timescaledb", plan).bootstrap as { readonly recovery: Spec };
        const shared = ["database", "owner", "secret"] as const;
        assert.deepEqual(
          shared.map((key) => recovery[key]),
          shared.map((key) => initdb[key]),
        );
        assert.equal(recovery["source"], "timescaledb");
      }),
    );
  });
});

describe("a cluster", () => {
  const plan: ClusterPlan = {
    settings: specified,
    database: "metrics_production",
    logins: { owner: "owner", service: "service", reader: "reader" },
    priorityClass: "apps-data",
    certificate: "postgresql-tls",
  };
  const spec = (change: Partial<ClusterSettings> = {}) =>
    clusterSpec("timescaledb", { ...plan, settings: { ...specified, ...change } }, { kind: "new" });

  it("confirms a write when a second server has it, and only lets a server take over that has all of them", () => {
    assert.deepEqual(spec().postgresql.synchronous, {
      method: "any",
      number: 1,
      dataDurability: "required",
      failoverQuorum: true,
    });
    assert.equal(spec({ durability: "preferred" }).postgresql.synchronous?.failoverQuorum, false);
    // CloudNativePG refuses to wait for more servers than there are.
    assert.equal(spec({ instances: 1 }).postgresql.synchronous, undefined);
  });

  it("takes no password without TLS, before any rule of CloudNativePG's could", () => {
    assert.deepEqual(spec().postgresql.pg_hba, ["hostnossl all all all reject", "hostssl all all all scram-sha-256"]);
    assert.deepEqual(spec().certificates, { serverTLSSecret: "postgresql-tls", serverCASecret: "postgresql-tls" });
    assert.equal(spec().enableSuperuserAccess, false);
  });

  it("archives nothing and has no plugin where backups are off", () => {
    assert.equal("plugins" in spec(), false);
  });

  it("mounts TimescaleDB beside the server's image, or finds it built in", () => {
    const image = specified.timescaledb.image;
    assert.deepEqual(spec().postgresql.extensions, [{ name: "timescaledb", image: { reference: image } }]);
    assert.equal(spec({ timescaledb: { edition: "community", image: "" } }).postgresql.extensions, undefined);
    assert.deepEqual(spec().postgresql.shared_preload_libraries, ["timescaledb"]);
  });

  it("gives each login the one group of what it may do, and no other privilege", () => {
    const roles = spec().managed.roles.map(({ name, inRoles, login }) => ({ name, inRoles, login }));
    assert.deepEqual(roles, [
      { name: "monitoring", inRoles: ["metrics_read_write"], login: true },
      { name: "monitoring_read", inRoles: ["metrics_read_only"], login: true },
    ]);
    for (const role of spec().managed.roles) {
      for (const privilege of ["superuser", "createdb", "createrole", "replication", "bypassrls"]) {
        assert.equal(privilege in role, false, `${role.name} ${privilege}`);
      }
    }
  });
});
