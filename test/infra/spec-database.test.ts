import assert from "node:assert/strict";

import { at, type ConfigValues, find, type Rendered, renderStack } from "../support/resources";

type Segment = string | number;

/** What specs 004 and 003 say of PostgreSQL, and where the stack production says it. */
describe("the specifications' database in the stack production", () => {
  let stack: Rendered;
  before(async () => {
    stack = await renderStack("production");
  });

  const cluster = (...path: readonly Segment[]) => at(find(stack, "Cluster", "timescaledb"), "spec", ...path);
  const store = (...path: readonly Segment[]) => at(find(stack, "ObjectStore", "timescaledb"), "spec", ...path);
  const secrets = () => {
    const { inputs } = find(stack, "Secret", "monitoring-web-service-secrets");
    return (inputs["stringData"] as { value: Readonly<Record<string, string>> }).value;
  };

  const table: readonly (readonly [what: string, actual: () => unknown, expected: unknown])[] = [
    ["Primary: 1 instance + 2 read replicas", () => cluster("instances"), 3],
    ["CPU: 500m request", () => cluster("resources", "requests", "cpu"), "500m"],
    ["CPU: 1000m limit", () => cluster("resources", "limits", "cpu"), "1000m"],
    ["Memory: 1Gi request", () => cluster("resources", "requests", "memory"), "1Gi"],
    ["Memory: 2Gi limit", () => cluster("resources", "limits", "memory"), "2Gi"],
    ["Storage: 100Gi fast-SSD per instance", () => cluster("storage"), { size: "100Gi", storageClass: "fast-ssd" }],
    ["Anti-affinity: required across nodes", () => cluster("affinity", "podAntiAffinityType"), "required"],
    ["Anti-affinity: nodes", () => cluster("affinity", "topologyKey"), "kubernetes.io/hostname"],
    [
      "Anti-affinity: preferred across zones",
      () => [
        cluster("topologySpreadConstraints", 0, "topologyKey"),
        cluster("topologySpreadConstraints", 0, "whenUnsatisfiable"),
      ],
      ["topology.kubernetes.io/zone", "ScheduleAnyway"],
    ],
    ["PostgreSQL with TimescaleDB", () => cluster("postgresql", "shared_preload_libraries"), ["timescaledb"]],
    [
      "PostgreSQL with TimescaleDB: the extension",
      () => at(find(stack, "Database", "timescaledb"), "spec", "extensions"),
      [{ name: "timescaledb", ensure: "present" }],
    ],
    [
      "Connection pooling",
      () => at(find(stack, "Pooler", "postgresql"), "spec", "pgbouncer", "poolMode"),
      "transaction",
    ],
    [
      "Database: daily automated backups",
      () => at(find(stack, "ScheduledBackup", "timescaledb-daily"), "spec", "schedule"),
      "0 30 2 * * *",
    ],
    ["Database: 30-day retention", () => store("retentionPolicy"), "30d"],
    ["Data loss: restore from backup, replay logs", () => cluster("plugins", 0, "isWALArchiver"), true],
    ["TLS encryption: 100 %", () => cluster("postgresql", "pg_hba", 0), "hostnossl all all all reject"],
    [
      "Appendix A: DATABASE_URL",
      () => secrets()["DATABASE_URL"]?.replace(/:canary.+@/, ":pass@"),
      "postgresql://monitoring:pass@postgresql:5432/metrics_production?sslmode=verify-full&sslrootcert=/etc/trusted-ca/ca.crt",
    ],
    [
      "read replicas: DATABASE_READ_URL, as a login that can only read",
      () => secrets()["DATABASE_READ_URL"]?.replace(/:canary.+@/, ":pass@"),
      "postgresql://monitoring_read:pass@postgresql-read:5432/metrics_production?sslmode=verify-full&sslrootcert=/etc/trusted-ca/ca.crt",
    ],
  ];

  for (const [what, actual, expected] of table) {
    it(what, () => {
      assert.deepEqual(actual(), expected);
    });
  }
});

describe("a database that somebody else runs", () => {
  const existing = (config: ConfigValues) => {
    config["database"] = {
      kind: "existing",
      existing: { host: "pg.example.com", port: 6432, user: "app", peer: { cidrs: ["10.1.0.0/16"] } },
    };
  };

  it("leaves nothing of ours but the way to it", async () => {
    const stack = await renderStack("production", existing);
    const kinds = stack.resources.filter(({ urn }) => urn.includes("monitoring:data:"));
    assert.deepEqual(kinds, []);
    assert.deepEqual(stack.outputs.database, {
      name: "metrics_production",
      write: { host: "pg.example.com", port: 6432 },
      read: { host: "pg.example.com", port: 6432 },
    });
    const egress = at(find(stack, "NetworkPolicy", "monitoring-web-service"), "spec", "egress", 0);
    assert.deepEqual(egress, { to: [{ ipBlock: { cidr: "10.1.0.0/16" } }], ports: [{ port: 6432, protocol: "TCP" }] });
  });

  it("is called with the password that somebody else decided on, checked against an authority that everyone knows", async () => {
    const password = "Canary-0123456789-abcdef";
    const stack = await renderStack(
      "production",
      (config) => {
        existing(config);
        config["databasePassword"] = password;
      },
      ["databasePassword"],
    );
    const secret = find(stack, "Secret", "monitoring-web-service-secrets").inputs["stringData"] as {
      value: Readonly<Record<string, string>>;
    };
    const url = `postgresql://app:${password}@pg.example.com:6432/metrics_production?sslmode=verify-full`;
    assert.equal(secret.value["DATABASE_URL"], url);
    assert.equal(secret.value["DATABASE_READ_URL"], url);
  });
});
