import assert from "node:assert/strict";

import fc from "fast-check";

import { connectionsNeeded, poolSizes } from "../../components/data/connection-pools";
import { ValidationError } from "../../components/core/errors";
import { parseConfig } from "../../infra/config/parse";
import { poolDemand } from "../../infra/config/pool-demand";
import { configOf, type ConfigValues, type StackName } from "../support/resources";

type Section = Record<string, unknown>;

/** Sets values by their path in the configuration, such as `database.storage.size`. */
function change(values: ConfigValues, changes: Readonly<Record<string, unknown>>): ConfigValues {
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split(".");
    const last = keys.pop() ?? "";
    const target = keys.reduce<Section>((object, key) => (object[key] ??= {}) as Section, values);
    target[last] = value;
  }
  return values;
}

function parse(stack: StackName, changes: Readonly<Record<string, unknown>>, encrypted: readonly string[] = []) {
  return parseConfig({ stack, values: change(configOf(stack), changes), encrypted: new Set(encrypted) });
}

function messageOf(stack: StackName, changes: Readonly<Record<string, unknown>>, encrypted: readonly string[] = []) {
  try {
    parse(stack, changes, encrypted);
  } catch (error) {
    assert.ok(error instanceof ValidationError, String(error));
    return error.message;
  }
  throw new Error("the configuration was accepted");
}

const digest = `@sha256:${"a".repeat(64)}`;
const oss = /ghcr\.io\/cloudnative-pg\/timescaledb-oss:\S+/;

/** One fault each: the stack, what is set, and the two lines that come of it. */
const faults: readonly (readonly [
  what: string,
  stack: StackName,
  changes: Readonly<Record<string, unknown>>,
  lines: readonly [string, string],
])[] = [
  [
    "less storage in production than specified",
    "production",
    { "database.storage.size": "50Gi" },
    [
      'database.storage.size is "50Gi"; allowed: at least 100Gi in production (spec 004); a volume that exists can never shrink',
      "pulumi config set --path 'database.storage.size' '100Gi' --stack production",
    ],
  ],
  [
    "an operator elsewhere than where the stack installs it",
    "staging",
    { "database.operatorNamespace": "databases" },
    [
      'database.operatorNamespace is "databases"; allowed: cnpg-system where platform.cloudnativePg.enabled is true: the stack installs the operator there',
      "pulumi config set --path 'database.operatorNamespace' 'cnpg-system' --stack staging",
    ],
  ],
  [
    "a single server in production",
    "production",
    { "database.instances": 1 },
    [
      "database.instances is 1; allowed: at least 2 in production: one server alone has no one to take over",
      "pulumi config set --path 'database.instances' '3' --stack production",
    ],
  ],
  [
    "a primary in production that restarts at any time",
    "production",
    { "database.primaryUpdate": "unsupervised" },
    [
      'database.primaryUpdate is "unsupervised"; allowed: supervised in production: an operator\'s upgrade would restart the primary at any time of the day',
      "pulumi config set --path 'database.primaryUpdate' 'supervised' --stack production",
    ],
  ],
  [
    "a production database that anyone may delete",
    "production",
    { "database.deletionProtection": false },
    [
      "database.deletionProtection is false; allowed: true in production",
      "pulumi config set --path 'database.deletionProtection' 'true' --stack production",
    ],
  ],
  [
    "backups that are kept for less than specified",
    "staging",
    { "database.backup.retention": "29 days" },
    [
      'database.backup.retention is "29 days"; allowed: at least 30 days (spec 003)',
      "pulumi config set --path 'database.backup.retention' '30 days' --stack staging",
    ],
  ],
  [
    "no backups outside of a local stack",
    "staging",
    { "database.backup": { kind: "off" } },
    [
      'database.backup.kind is "off"; allowed: object-store in staging',
      "pulumi config set --path 'database.backup.kind' 'object-store' --stack staging",
    ],
  ],
  [
    "backups without a destination",
    "staging",
    { "database.backup.destination": "" },
    [
      "database.backup.destination is missing; allowed: s3://bucket/path, where database.backup.kind is object-store",
      "pulumi config set --path 'database.backup.destination' 's3://example-backups/monitoring-web-service' --stack staging",
    ],
  ],
  [
    "a destination that is no bucket",
    "staging",
    { "database.backup.destination": "https://example.com" },
    [
      'database.backup.destination is "https://example.com"; allowed: s3://bucket/path',
      "pulumi config set --path 'database.backup.destination' 's3://example-backups/monitoring-web-service' --stack staging",
    ],
  ],
  [
    "credentials by a Secret that is not named",
    "staging",
    { "database.backup.credentials": "secret" },
    [
      "database.backup.credentialsSecret is missing; allowed: the name of a Secret, where database.backup.credentials is secret",
      "pulumi config set --path 'database.backup.credentialsSecret' 'backup-credentials' --stack staging",
    ],
  ],
  [
    "a Secret that nobody would read",
    "staging",
    { "database.backup.credentialsSecret": "backup-credentials" },
    [
      'database.backup.credentialsSecret is "backup-credentials"; allowed: nothing beside database.backup.credentials pod-identity',
      "pulumi config set --path 'database.backup.credentialsSecret' '' --stack staging",
    ],
  ],
  [
    "a storage class that cannot be one",
    "staging",
    { "database.storage.class": "Fast SSD" },
    [
      'database.storage.class is "Fast SSD"; allowed: a storage class: lower-case letters, digits, dashes and dots',
      "pulumi config set --path 'database.storage.class' 'fast-ssd' --stack staging",
    ],
  ],
  [
    "a volume of the log that PostgreSQL has no room on",
    "staging",
    { "database.wal.size": "1Gi" },
    [
      'database.wal.size is "1Gi"; allowed: at least 2Gi',
      "pulumi config set --path 'database.wal.size' '20Gi' --stack staging",
    ],
  ],
  [
    "services whose poolers could exhaust a server",
    "staging",
    { "services.monitoring-web-service.autoscaling.maxReplicas": 20 },
    [
      "database.maxConnections is 200; allowed: at least 354, which is what the poolers of all services at their most pods can open; or more clients a connection",
      "pulumi config set --path 'database.maxConnections' '354' --stack staging",
    ],
  ],
  [
    "a colour whose own pods could",
    "staging",
    { "release.green.replicas": 12 },
    [
      "database.maxConnections is 200; allowed: at least 234, which is what the poolers of all services at their most pods can open; or more clients a connection",
      "pulumi config set --path 'database.maxConnections' '234' --stack staging",
    ],
  ],
  [
    "connections that the memory has no room for",
    "staging",
    { "database.maxConnections": 500 },
    [
      'database.resources.limits.memory is "2Gi"; allowed: at least 3448Mi, which is what database.maxConnections, 500, take',
      "pulumi config set --path 'database.resources.limits.memory' '3448Mi' --stack staging",
    ],
  ],
  [
    "a request above the limit",
    "staging",
    { "database.resources.requests.cpu": "2" },
    [
      'database.resources.requests.cpu is "2"; allowed: at most database.resources.limits.cpu, which is 1000m',
      "pulumi config set --path 'database.resources.requests.cpu' '1000m' --stack staging",
    ],
  ],
  [
    "an image without PostgreSQL's version",
    "staging",
    { "database.image": `registry.example.com/postgresql${digest}` },
    [
      `database.image is "registry.example.com/postgresql@sha256:${"a".repeat(40)}… (105 characters); allowed: an image with a tag that begins with PostgreSQL's version`,
      "pulumi config set --path 'database.image' 'registry.example.com/postgresql:18.4@sha256:<64 hex>' --stack staging",
    ],
  ],
  [
    "an image without its digest",
    "staging",
    { "database.image": "registry.example.com/postgresql:18.4" },
    [
      'database.image is "registry.example.com/postgresql:18.4"; allowed: an image with its digest, registry/name:tag@sha256:<64 hex>, in staging',
      "pulumi config set --path 'database.image' 'registry.example.com/postgresql:18.4@sha256:<64 hex>' --stack staging",
    ],
  ],
  [
    "an extension without its digest",
    "staging",
    { "database.timescaledb.image": "registry.example.com/timescaledb:2.29.0-18" },
    [
      'database.timescaledb.image is "registry.example.com/timescaledb:2.29.0-18"; allowed: an image with its digest, registry/name:tag@sha256:<64 hex>, in staging',
      "pulumi config set --path 'database.timescaledb.image' 'registry.example.com/timescaledb:2.29.0-18@sha256:<64 hex>' --stack staging",
    ],
  ],
  [
    "kind existing without the server",
    "staging",
    { "database.kind": "existing" },
    [
      "database.existing is missing; allowed: host, port, user, tls, peer, where database.kind is existing",
      "pulumi config set --path 'database.existing' '{}' --stack staging",
    ],
  ],
  [
    "a server of somebody else's beside one of ours",
    "staging",
    { "database.existing": {} },
    [
      'database.kind is "cloudnative-pg"; allowed: existing, where database.existing is set',
      "pulumi config set --path 'database.kind' 'existing' --stack staging",
    ],
  ],
];

describe("the configuration of the database", () => {
  for (const [what, stack, changes, lines] of faults) {
    it(`refuses ${what}`, () => {
      assert.deepEqual(messageOf(stack, changes).split("\n"), [
        `Configuration of stack ${stack} has 1 fault:`,
        `  ${lines[0]}`,
        `    ${lines[1]}`,
      ]);
    });
  }

  it("refuses the community edition with the image of the other one", () => {
    const message = messageOf("staging", { "database.timescaledb.edition": "community" });
    assert.match(message, oss);
    assert.match(
      message,
      /allowed: an image with the community edition, or nothing where the server's image has it built in/,
    );
  });

  const existing = { "database.kind": "existing", "database.existing": {} };
  const weak: Readonly<Record<string, string>> = {
    "that is short": "Canary-0123456789",
    "of few different characters": `Canary1${"a".repeat(30)}`,
    "without digits": "Canary-Canary-Canary-Abcdefghij",
  };
  for (const [what, password] of Object.entries(weak)) {
    it(`refuses a weak password ${what}, without repeating it`, () => {
      const message = messageOf("staging", { ...existing, databasePassword: password }, ["databasePassword"]);
      assert.deepEqual(message.split("\n"), [
        "Configuration of stack staging has 1 fault:",
        "  databasePassword is not accepted (its value is not shown); allowed: at least 20 characters, 10 of them different, with small and capital letters and digits",
        "    pulumi config set --secret databasePassword --stack staging",
      ]);
    });
  }

  it("refuses a password for a database that makes its own", () => {
    const message = messageOf("staging", { databasePassword: "Canary-0123456789-abcdef" }, ["databasePassword"]);
    assert.match(message, /allowed: nothing where database\.kind is cloudnative-pg: its passwords are generated/);
    assert.doesNotMatch(message, /canary/i);
  });

  it("is accepted as it is only where both colours at their most cannot exhaust a server", () => {
    const numbers = fc.record({
      most: fc.integer({ min: 3, max: 100 }),
      perPod: fc.integer({ min: 1, max: 200 }),
      shared: fc.integer({ min: 1, max: 50 }),
      poolers: fc.integer({ min: 2, max: 10 }),
      maxConnections: fc.integer({ min: 50, max: 300 }),
    });
    let accepted = 0;
    fc.assert(
      fc.property(numbers, ({ most, perPod, shared, poolers, maxConnections }) => {
        const changes = {
          "services.monitoring-web-service.autoscaling.maxReplicas": most,
          "database.pooler": { instances: poolers, connectionsPerPod: perPod, clientsPerConnection: shared },
          "database.maxConnections": maxConnections,
          "database.resources.limits.memory": "8Gi",
        };
        const values = change(configOf("staging"), changes);
        try {
          const config = parseConfig({ stack: "staging", values, encrypted: new Set() });
          accepted += 1;
          // Reckoned here from the numbers alone, not by the functions under test: every pod of both poolers, a surge included, with
          // a full pool to the database and to the one that passwords are looked up in.
          const clients = 2 * (most + 1) * perPod;
          assert.equal(poolDemand(config).clients, clients);
          const { connections } = poolSizes(poolDemand(config));
          assert.ok(2 * (poolers + 1) * 2 * connections < maxConnections);
          assert.ok(connections * poolers * shared >= clients);
        } catch (error) {
          if (!(error instanceof ValidationError)) throw error;
          assert.match(error.message, /database\.maxConnections is \d+; allowed: at least \d+/);
        }
      }),
      { numRuns: 300 },
    );
    assert.ok(accepted > 10, `only ${accepted} of 300 were accepted`);
  });

  it("counts the services that have the database's secret, and no others", () => {
    const other = (secrets: readonly string[]) => ({
      "services.other": { image: `registry.example.com/other${digest}`, version: "1", secrets },
    });
    const clients = (changes: Readonly<Record<string, unknown>>) => poolDemand(parse("local", changes)).clients;
    assert.equal(clients(other([])), clients({}));
    const room = { "database.maxConnections": 300, "database.resources.limits.memory": "4Gi" };
    const more = { ...other(["database"]), ...room };
    assert.equal(clients(more), clients({}) + 110);
    assert.ok(connectionsNeeded(poolDemand(parse("local", more))) <= 300);
  });
});
