import assert from "node:assert/strict";

import { ValidationError } from "../../components/core/errors";
import { parseConfig } from "../../infra/config/parse";
import {
  at,
  configOf,
  type ConfigValues,
  differences,
  find,
  type Rendered,
  renderStack,
  type StackName,
} from "../support/resources";

const cacheOf = (config: ConfigValues) => (config["cache"] ??= {}) as ConfigValues;

describe("spec 004 and 003 for the cache in the stack production", () => {
  let stack: Rendered;
  before(async () => {
    stack = await renderStack("production");
  });

  const servers = (...path: readonly (string | number)[]) => at(find(stack, "StatefulSet", "valkey"), "spec", ...path);
  const pod = (...path: readonly (string | number)[]) => servers("template", "spec", ...path);
  const claim = (...path: readonly (string | number)[]) => servers("volumeClaimTemplates", 0, "spec", ...path);
  const job = (...path: readonly (string | number)[]) => at(find(stack, "CronJob", "cache-snapshot"), "spec", ...path);

  const table: readonly (readonly [what: string, actual: () => unknown, expected: unknown])[] = [
    ["Redis: 1 master and 2 replicas", () => servers("replicas"), 3],
    ["Redis: 100m CPU request", () => pod("containers", 0, "resources", "requests", "cpu"), "100m"],
    ["Redis: 200m CPU limit", () => pod("containers", 0, "resources", "limits", "cpu"), "200m"],
    ["Redis: 256Mi memory request", () => pod("containers", 0, "resources", "requests", "memory"), "256Mi"],
    ["Redis: 512Mi memory limit", () => pod("containers", 0, "resources", "limits", "memory"), "512Mi"],
    ["Redis: 8Gi per instance", () => claim("resources", "requests", "storage"), "8Gi"],
    ["Redis: fast SSD", () => claim("storageClassName"), "fast-ssd"],
    [
      "Appendix A: redis on 6379",
      () => at(find(stack, "Service", "redis"), "spec", "ports"),
      [{ name: "redis", port: 6379, targetPort: "redis", protocol: "TCP" }],
    ],
    ["Appendix C: a service account per component", () => pod("serviceAccountName"), "valkey"],
    ["Spec 003: a snapshot every day", () => job("schedule"), "17 2 * * *"],
    [
      "Spec 003: snapshots are kept for 7 days",
      () =>
        (
          job("jobTemplate", "spec", "template", "spec", "containers", 0, "env") as { name: string; value: string }[]
        ).find(({ name }) => name === "KEEP")?.value,
      "7d",
    ],
    [
      "Spec 003: persistence enabled",
      () => /^appendonly yes$/m.test(String(at(find(stack, "ConfigMap", "cache-config"), "data", "valkey.conf"))),
      true,
    ],
  ];

  for (const [what, actual, expected] of table) {
    it(what, () => {
      assert.deepEqual(actual(), expected);
    });
  }

  it("keeps the claims when the servers are deleted or become fewer, and protects the servers", () => {
    assert.deepEqual(servers("persistentVolumeClaimRetentionPolicy"), { whenDeleted: "Retain", whenScaled: "Retain" });
    assert.equal(find(stack, "StatefulSet", "valkey").protect, true);
  });

  it("starts its pods side by side, since the first one waits for a majority", () => {
    assert.equal(servers("podManagementPolicy"), "Parallel");
  });

  it("gives the pods no token, and the passwords as files alone", () => {
    assert.equal(pod("automountServiceAccountToken"), false);
    const containers = pod("containers") as { env?: { name: string }[]; command?: string[]; args?: string[] }[];
    for (const { env = [], command = [], args = [] } of containers) {
      assert.deepEqual(
        env.map(({ name }) => name).filter((name) => !["POD_NAME", "SELF"].includes(name)),
        [],
      );
      assert.doesNotMatch([...command, ...args].join(" "), /secret\]|canary|password=/);
    }
  });

  it("gives the proxy and the snapshots the authority, and not the servers' key", () => {
    const authority = { secretName: "valkey-tls", defaultMode: 0o440, items: [{ key: "ca.crt", path: "ca.crt" }] };
    const volumes = (path: unknown) =>
      (path as { name: string; secret?: unknown }[]).filter(({ name }) => name === "authority");
    assert.deepEqual(volumes(at(find(stack, "Deployment", "redis-proxy"), "spec", "template", "spec", "volumes")), [
      { name: "authority", secret: authority },
    ]);
    assert.deepEqual(volumes(job("jobTemplate", "spec", "template", "spec", "volumes")), [
      { name: "authority", secret: authority },
    ]);
  });
});

describe("the cache", () => {
  it("of an existing server makes nothing, and touches nothing else than who may be reached", async () => {
    const ours = await renderStack("staging");
    const theirs = await renderStack("staging", (config) => {
      config["cache"] = { kind: "existing", existing: { host: "redis", peer: { cidrs: ["10.9.0.0/16"] } } };
    });
    const { added, removed, changed } = differences(ours, theirs);
    assert.deepEqual(added, []);
    assert.deepEqual(
      removed.filter((line) => !/ cache(-|$)| network-policies-(valkey|redis-proxy|cache-snapshot)$/.test(line)),
      [],
    );
    assert.deepEqual(changed, [
      "Deployment monitoring-web-service-blue",
      "Deployment monitoring-web-service-green",
      "NetworkPolicy network-policies-monitoring-web-service",
      "ResourceQuota namespace-quota",
      "Secret monitoring-web-service-secrets",
    ]);
  });

  it("without replicas has no Sentinel to wait for and writes alone", async () => {
    const stack = await renderStack("local", (config) => (cacheOf(config)["replicas"] = 0));
    const data = at(find(stack, "ConfigMap", "cache-config"), "data") as Record<string, string>;
    assert.doesNotMatch(data["valkey.conf"] ?? "", /min-replicas/);
    assert.match(data["topology.env"] ?? "", /^QUORUM='1'$/m);
  });
});

describe("a change of the cache", () => {
  const rotate = (secret: string) => (config: ConfigValues) => {
    (config["secrets"] as { rotation: Record<string, number> }).rotation[secret] = 2;
  };
  const changes: Readonly<
    Record<string, readonly [(config: ConfigValues) => void, changed: readonly string[], added?: readonly string[]]>
  > = {
    "secrets.rotation.cache": [
      rotate("cache"),
      [
        "Deployment monitoring-web-service-blue",
        "Deployment monitoring-web-service-green",
        "Secret cache-secrets",
        "Secret monitoring-web-service-secrets",
        "StatefulSet cache-servers",
      ],
      ["RandomPassword secrets-cache-3"],
    ],
    "secrets.rotation.cacheReplication": [
      rotate("cacheReplication"),
      ["Secret cache-secrets", "StatefulSet cache-servers"],
      ["RandomPassword secrets-cache-replication-3"],
    ],
    "secrets.rotation.cacheSentinel": [
      rotate("cacheSentinel"),
      ["Secret cache-secrets", "StatefulSet cache-servers"],
      ["RandomPassword secrets-cache-sentinel-3"],
    ],
    "secrets.rotation.cacheProbe": [
      rotate("cacheProbe"),
      [
        "CronJob cache-snapshots",
        "Deployment cache-proxy",
        "Secret cache-proxy-config",
        "Secret cache-secrets",
        "Secret cache-snapshots-secrets",
        "StatefulSet cache-servers",
      ],
      ["RandomPassword secrets-cache-probe-3"],
    ],
    "secrets.rotation.cacheExporter": [
      rotate("cacheExporter"),
      ["Secret cache-secrets", "StatefulSet cache-servers"],
      ["RandomPassword secrets-cache-exporter-3"],
    ],
    "secrets.rotation.cacheBackup": [
      rotate("cacheBackup"),
      [
        "CronJob cache-snapshots",
        "Secret cache-secrets",
        "Secret cache-snapshots-secrets",
        "StatefulSet cache-servers",
      ],
      ["RandomPassword secrets-cache-backup-3"],
    ],
    "cache.resources": [
      (config) => (cacheOf(config)["resources"] = { limits: { memory: "1Gi" } }),
      [
        "ConfigMap cache-config",
        "CronJob cache-snapshots",
        "ResourceQuota namespace-quota",
        "StatefulSet cache-servers",
      ],
    ],
    "cache.images.valkey": [
      (config) => (cacheOf(config)["images"] = { valkey: `registry.example.com/valkey@sha256:${"0".repeat(64)}` }),
      ["CronJob cache-snapshots", "StatefulSet cache-servers"],
    ],
    "cache.backup.schedule": [
      (config) => ((cacheOf(config)["backup"] as ConfigValues)["schedule"] = "5 4 * * *"),
      ["CronJob cache-snapshots"],
    ],
  };

  for (const [key, [change, changed, added = []]] of Object.entries(changes)) {
    it(`by ${key} rolls what takes it, and replaces nothing`, async () => {
      const [before, after] = [await renderStack("staging"), await renderStack("staging", change)];
      assert.deepEqual(differences(before, after), { added, removed: [], changed });
      // What the provider replaces a StatefulSet for.
      for (const field of ["selector", "serviceName", "podManagementPolicy", "volumeClaimTemplates"]) {
        assert.deepEqual(
          at(find(after, "StatefulSet", "valkey"), "spec", field),
          at(find(before, "StatefulSet", "valkey"), "spec", field),
        );
      }
    });
  }
});

describe("a cache that is configured wrongly", () => {
  const message = (stack: StackName, change: (cache: ConfigValues) => void) => {
    const values = configOf(stack);
    change(cacheOf(values));
    try {
      parseConfig({ stack, values, encrypted: new Set() });
    } catch (error) {
      assert.ok(error instanceof ValidationError);
      return error.message;
    }
    throw new Error("the configuration was accepted");
  };

  const backup = (key: string, value: unknown) => (cache: ConfigValues) => {
    (cache["backup"] as ConfigValues)[key] = value;
  };

  const faults: readonly (readonly [
    what: string,
    stack: StackName,
    change: (cache: ConfigValues) => void,
    lines: readonly [string, string],
  ])[] = [
    [
      "fewer than two replicas in production",
      "production",
      (cache) => (cache["replicas"] = 0),
      [
        "cache.replicas is 0; allowed: at least 2 in production",
        "pulumi config set --path 'cache.replicas' '2' --stack production",
      ],
    ],
    [
      "claims below the spec in production",
      "production",
      (cache) => (cache["storage"] = "4Gi"),
      [
        'cache.storage is "4Gi"; allowed: at least 8Gi in production',
        "pulumi config set --path 'cache.storage' '8Gi' --stack production",
      ],
    ],
    [
      "servers that have no majority",
      "staging",
      (cache) => (cache["replicas"] = 1),
      [
        "cache.replicas is 1; allowed: an even number: with the primary it is odd, and has a majority",
        "pulumi config set --path 'cache.replicas' '2' --stack staging",
      ],
    ],
    [
      "snapshots that are kept for too short a time",
      "staging",
      backup("retention", "6 days"),
      [
        'cache.backup.retention is "6 days"; allowed: at least 7 days',
        "pulumi config set --path 'cache.backup.retention' '7 days' --stack staging",
      ],
    ],
    [
      "snapshots without a destination",
      "staging",
      backup("destination", ""),
      [
        "cache.backup.destination is missing; allowed: s3://bucket/prefix, or cache.backup.kind off",
        "pulumi config set --path 'cache.backup.destination' 's3://example-backups/cache' --stack staging",
      ],
    ],
    [
      "production without snapshots",
      "production",
      backup("kind", "off"),
      [
        'cache.backup.kind is "off"; allowed: object-store in production',
        "pulumi config set --path 'cache.backup.kind' 'object-store' --stack production",
      ],
    ],
    [
      "a destination that is no bucket",
      "staging",
      backup("destination", "/var/backups"),
      [
        'cache.backup.destination is "/var/backups"; allowed: s3://bucket/prefix',
        "pulumi config set --path 'cache.backup.destination' 's3://example-backups/cache' --stack staging",
      ],
    ],
    [
      "an existing cache without its address",
      "staging",
      (cache) => (cache["kind"] = "existing"),
      [
        "cache.existing is missing; allowed: host, port and peer of the existing cache",
        "pulumi config set --path 'cache.existing' '{}' --stack staging",
      ],
    ],
    [
      "an address of an existing cache beside one of ours",
      "staging",
      (cache) => (cache["existing"] = { host: "redis" }),
      [
        'cache.kind is "in-cluster"; allowed: existing, since cache.existing is set',
        "pulumi config set --path 'cache.kind' 'existing' --stack staging",
      ],
    ],
    [
      "an existing cache that is pods and networks",
      "staging",
      (cache) => {
        cache["kind"] = "existing";
        cache["existing"] = { peer: { cidrs: ["10.0.0.0/8"], podLabels: { app: "redis" } } };
      },
      [
        'cache.existing.peer is {"cidrs":["10.0.0.0/8"],"podLabels":{"app":"redis"}}; allowed: either podLabels or cidrs',
        "pulumi config set --path 'cache.existing.peer' '{}' --stack staging",
      ],
    ],
    [
      "less memory than there is room for data in",
      "local",
      (cache) => (cache["resources"] = { requests: { memory: "32Mi" }, limits: { memory: "32Mi" } }),
      [
        'cache.resources.limits.memory is "32Mi"; allowed: at least 64Mi',
        "pulumi config set --path 'cache.resources.limits.memory' '512Mi' --stack local",
      ],
    ],
    [
      "a limit below the request",
      "local",
      (cache) => (cache["resources"] = { limits: { memory: "128Mi" } }),
      [
        'cache.resources.limits.memory is "128Mi"; allowed: at least cache.resources.requests.memory, which is 256Mi',
        "pulumi config set --path 'cache.resources.limits.memory' '512Mi' --stack local",
      ],
    ],
    [
      "an image by tag outside of a local stack",
      "staging",
      (cache) => (cache["images"] = { valkey: "valkey/valkey:9.1.2" }),
      [
        'cache.images.valkey is "valkey/valkey:9.1.2"; allowed: an image with its digest, registry/name@sha256:<64 hex>, in staging',
        "pulumi config set --path 'cache.images.valkey' 'valkey/valkey:9.1.2@sha256:<64 hex>' --stack staging",
      ],
    ],
  ];

  for (const [what, stack, change, [problem, remedy]] of faults) {
    it(`is refused for ${what}`, () => {
      assert.equal(message(stack, change), `Configuration of stack ${stack} has 1 fault:\n  ${problem}\n    ${remedy}`);
    });
  }
});
