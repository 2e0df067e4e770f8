import assert from "node:assert/strict";

import { runtime } from "@pulumi/pulumi";
import { z } from "zod";

import { secretNames } from "../../components/security/secret-table";
import { loadConfig } from "../../infra/config";
import { parseConfig } from "../../infra/config/parse";
import { schema, secretKeys } from "../../infra/config/schema";
import { docAt, unwrap } from "../../infra/config/walk";
import { messageOf, set } from "../support/config-messages";
import { installMonitor } from "../support/mocks";
import { configOf, declaredKeys, installConfig, stacks } from "../support/resources";
import { withStore } from "../support/secret-stores";

const web = "services/monitoring-web-service";
const path = "services.monitoring-web-service";
const digest = `sha256:${"a".repeat(64)}`;

/** One fault each: the path to set, the value, and the two lines that come of it. */
const faults: readonly (readonly [what: string, path: string, value: unknown, lines: readonly [string, string]])[] = [
  [
    "an unknown environment",
    "environment",
    "prod",
    [
      'environment is "prod"; allowed: local or staging or production',
      "pulumi config set --path 'environment' 'local' --stack staging",
    ],
  ],
  [
    "a missing section",
    "cluster",
    undefined,
    [
      "cluster is missing; allowed: kind, kubeconfig and context",
      "pulumi config set --path 'cluster' 'existing' --stack staging",
    ],
  ],
  [
    "a misspelt key",
    `${web}/autoscaling/maxReplica`,
    5,
    [
      `${path}.autoscaling.maxReplica is unknown, did you mean maxReplicas?; allowed: minReplicas, maxReplicas, cpuTarget, memoryTarget`,
      `pulumi config rm --path '${path}.autoscaling.maxReplica' --stack staging`,
    ],
  ],
  [
    "a number out of range",
    `${web}/autoscaling/cpuTarget`,
    170,
    [
      `${path}.autoscaling.cpuTarget is 170; allowed: a whole number from 1 to 100 %`,
      `pulumi config set --path '${path}.autoscaling.cpuTarget' '70' --stack staging`,
    ],
  ],
  [
    "a number given as text",
    `${web}/port`,
    "3000",
    [
      `${path}.port is "3000"; allowed: a whole number from 1 to 65535`,
      `pulumi config set --path '${path}.port' '3000' --stack staging`,
    ],
  ],
  [
    "an autoscaler without room",
    `${web}/autoscaling/maxReplicas`,
    2,
    [
      `${path}.autoscaling.maxReplicas is 2; allowed: at least autoscaling.minReplicas, which is 3`,
      `pulumi config set --path '${path}.autoscaling.maxReplicas' '3' --stack staging`,
    ],
  ],
  [
    "a disruption budget that blocks every drain",
    `${web}/minAvailable`,
    3,
    [
      `${path}.minAvailable is 3; allowed: less than autoscaling.minReplicas, which is 3: otherwise no node could be drained`,
      `pulumi config set --path '${path}.minAvailable' '2' --stack staging`,
    ],
  ],
  [
    "a grace period that cuts charts off",
    `${web}/shutdown/gracePeriod`,
    "45 s",
    [
      `${path}.shutdown.gracePeriod is "45 s"; allowed: more than 45 s, which is preStop (15 s) and the longest request (30 s) together`,
      `pulumi config set --path '${path}.shutdown.gracePeriod' '60 s' --stack staging`,
    ],
  ],
  [
    "a duration without a unit that we know",
    "application/metricsRetention",
    "90d",
    [
      'application.metricsRetention is "90d"; allowed: a whole number with a unit (ms, s, minutes, hours, days), such as 30 s',
      "pulumi config set --path 'application.metricsRetention' '90 days' --stack staging",
    ],
  ],
  [
    "charts that may take longer than a request",
    "application/chartGenerationTimeout",
    "40 s",
    [
      `${path}.shutdown.longestRequest is "30 s"; allowed: at least application.chartGenerationTimeout, which is 40 s`,
      `pulumi config set --path '${path}.shutdown.longestRequest' '40 s' --stack staging`,
    ],
  ],
  [
    "an active colour that does not exist",
    "release/blue",
    undefined,
    [
      "release.blue.image is missing; allowed: an image for blue, which release.active names",
      "pulumi config set --path 'release.blue.image' 'registry.example.com/monitoring-web-service:1.0.0' --stack staging",
    ],
  ],
  [
    "an active colour without pods",
    "release/blue/replicas",
    0,
    [
      "release.blue.replicas is 0; allowed: more than 0: users reach blue",
      "pulumi config set --path 'release.blue.replicas' '3' --stack staging",
    ],
  ],
  [
    "a colour with fewer pods than the budget keeps",
    "release/green/replicas",
    2,
    [
      "release.green.replicas is 2; allowed: 0, or more than services.monitoring-web-service.minAvailable, which is 2",
      "pulumi config set --path 'release.green.replicas' '3' --stack staging",
    ],
  ],
  [
    "an image by tag outside of a local stack",
    "release/green/image",
    "registry.example.com/monitoring-web-service:1.0.0",
    [
      'release.green.image is "registry.example.com/monitoring-web-service:1.0.0"; allowed: an image with its digest, registry/name@sha256:<64 hex>, in staging',
      "pulumi config set --path 'release.green.image' 'registry.example.com/monitoring-web-service:1.0.0@sha256:<64 hex>' --stack staging",
    ],
  ],
  [
    "a digest that is too short",
    "release/green/image",
    "registry.example.com/monitoring-web-service@sha256:abc",
    [
      'release.green.image is "registry.example.com/monitoring-web-service@sha256:abc"; allowed: registry/name:tag, registry/name@sha256:<64 hex> or both',
      "pulumi config set --path 'release.green.image' 'registry.example.com/monitoring-web-service:1.0.0@sha256:<64 hex>' --stack staging",
    ],
  ],
  [
    "the released service's image in the wrong place",
    `${web}/image`,
    `registry.example.com/monitoring-web-service@${digest}`,
    [
      `${path}.image is unknown; allowed: port, metricsPort, resources, replicas, autoscaling, minAvailable, probes, shutdown, rolloutTimeout, runAsUser, tmpSize, env, apiAccess, egress, secrets`,
      `pulumi config rm --path '${path}.image' --stack staging`,
    ],
  ],
  [
    "no host name",
    "traffic/host",
    "https://metrics.example.com",
    [
      'traffic.host is "https://metrics.example.com"; allowed: a host name of lower-case labels joined by dots',
      "pulumi config set --path 'traffic.host' 'metrics.example.com' --stack staging",
    ],
  ],
  [
    "one host for users and preview",
    "traffic/previewHost",
    "metrics.staging.example.com",
    [
      'traffic.previewHost is "metrics.staging.example.com"; allowed: another host than traffic.host',
      "pulumi config set --path 'traffic.previewHost' 'preview.metrics.staging.example.com' --stack staging",
    ],
  ],
  [
    "a preview that is open to everyone",
    "traffic/previewAllowedCidrs",
    [],
    [
      "traffic.previewAllowedCidrs[0] is missing; allowed: at least one network in staging: the preview must not be open to everyone",
      "pulumi config set --path 'traffic.previewAllowedCidrs[0]' '203.0.113.0/24' --stack staging",
    ],
  ],
  [
    "a preview for the whole world",
    "traffic/previewAllowedCidrs",
    ["0.0.0.0/0"],
    [
      'traffic.previewAllowedCidrs[0] is "0.0.0.0/0"; allowed: a network of yours, not everyone',
      "pulumi config set --path 'traffic.previewAllowedCidrs[0]' '203.0.113.0/24' --stack staging",
    ],
  ],
  [
    "a network that is none",
    "traffic/previewAllowedCidrs",
    ["10.0.0.0/8", "10.0.0"],
    [
      'traffic.previewAllowedCidrs[1] is "10.0.0"; allowed: an IPv4 network in CIDR notation',
      "pulumi config set --path 'traffic.previewAllowedCidrs[1]' '203.0.113.0/24' --stack staging",
    ],
  ],
  [
    "a call to a service that does not exist",
    `${web}/egress`,
    ["database", "frontend"],
    [
      `${path}.egress[1] is "frontend"; allowed: database, cache, https`,
      `pulumi config set --path '${path}.egress[1]' 'https' --stack staging`,
    ],
  ],
  [
    "a plain variable that sounds like a secret",
    `${web}/env`,
    { STRIPE_API_KEY: "canary" },
    [
      `${path}.env.STRIPE_API_KEY is no name that is accepted here; allowed: names of letters, digits and underscores that do not sound like a secret, and their values`,
      `pulumi config rm --path '${path}.env.STRIPE_API_KEY' --stack staging`,
    ],
  ],
  [
    "a plain variable with a password in it",
    `${web}/env`,
    { BROKER: "amqp://user:canary@broker" },
    [
      `${path}.env.BROKER is not accepted (its value is not shown); allowed: plain text without a password in it; secrets go through \`secrets\``,
      `pulumi config rm --path '${path}.env.BROKER' --stack staging`,
    ],
  ],
  [
    "a permission on every object of a kind",
    `${web}/apiAccess`,
    [{ apiGroup: "", resource: "configmaps", names: [], verbs: ["get"] }],
    [
      `${path}.apiAccess[0].names is []; allowed: the names of the objects it is about, at least one`,
      `pulumi config set --path '${path}.apiAccess[0].names' '["release-record"]' --stack staging`,
    ],
  ],
  [
    "another service without an image",
    "services/alert-service",
    { version: "1.0.0" },
    [
      "services.alert-service.image is missing; allowed: registry/name:tag, registry/name@sha256:<64 hex> or both",
      "pulumi config set --path 'services.alert-service.image' 'registry.example.com/monitoring-web-service:1.0.0@sha256:<64 hex>' --stack staging",
    ],
  ],
  [
    "a service's name that is too long",
    `services/${"a".repeat(47)}`,
    { image: `a@${digest}`, version: "1" },
    [
      `services.${"a".repeat(47)} is "${"a".repeat(47)}"; allowed: a name of at most 46 lower-case letters, digits and dashes, beginning with a letter`,
      `pulumi config set --path 'services.${"a".repeat(47)}' 'alert-service' --stack staging`,
    ],
  ],
  [
    "an API server that could be anywhere",
    "network/apiServer/cidrs",
    ["10.0.0.0/16", "10.0.0.0/15"],
    [
      'network.apiServer.cidrs[1] is "10.0.0.0/15"; allowed: a network of at most a /16 in staging: where the API server is, and few others',
      "pulumi config set --path 'network.apiServer.cidrs[1]' '10.0.0.0/24' --stack staging",
    ],
  ],
  [
    "a service called like the policy of all pods",
    "services/every-pod",
    { image: `a@${digest}`, version: "1" },
    [
      'services.every-pod is "every-pod"; allowed: a name that is not taken',
      "pulumi config set --path 'services.every-pod' 'alert-service' --stack staging",
    ],
  ],
  [
    "a database that is both pods and networks",
    "database",
    { kind: "existing", existing: { peer: { podLabels: { app: "db" }, cidrs: ["10.0.0.0/8"] } } },
    [
      'database.existing.peer is {"cidrs":["10.0.0.0/8"],"podLabels":{"app":"db"}}; allowed: either podLabels or cidrs',
      "pulumi config set --path 'database.existing.peer' '{}' --stack staging",
    ],
  ],
  [
    "the namespace of the cluster's own parts",
    "namespace",
    "kube-system",
    [
      'namespace is "kube-system"; allowed: a namespace of its own',
      "pulumi config set --path 'namespace' 'monitoring-web-service-prod' --stack staging",
    ],
  ],
  [
    "a store without its settings",
    "secrets/store/kind",
    "vault",
    [
      "secrets.store.vault.server is missing; allowed: settings of the store, since secrets.store.kind is vault",
      "pulumi config set --path 'secrets.store.vault.server' 'https://vault.example.com:8200' --stack staging",
    ],
  ],
  [
    "settings of a store that is not used",
    "secrets/store/aws",
    { region: "eu-central-1" },
    [
      'secrets.store.aws is {"region":"eu-central-1"}; allowed: only where secrets.store.kind is aws; it is generated',
      "pulumi config rm --path 'secrets.store.aws' --stack staging",
    ],
  ],
  [
    "a store without encryption on the way",
    "secrets/store",
    { kind: "vault", vault: { server: "http://vault:8200", role: "monitoring" } },
    [
      'secrets.store.vault.server is "http://vault:8200"; allowed: an https:// address',
      "pulumi config set --path 'secrets.store.vault.server' 'https://vault.example.com:8200' --stack staging",
    ],
  ],
  [
    "a store that is read all the time",
    "secrets/store/refreshInterval",
    "1 s",
    [
      'secrets.store.refreshInterval is "1 s"; allowed: at least 1 minute: stores bill or throttle reads',
      "pulumi config set --path 'secrets.store.refreshInterval' '1 hour' --stack staging",
    ],
  ],
  [
    "a version of a secret that has no versions",
    "secrets/rotation/slackWebhook",
    2,
    [
      "secrets.rotation.slackWebhook is 2; allowed: 1 without a store: a new value is `pulumi config set --secret slackWebhook`",
      "pulumi config rm --path 'secrets.rotation.slackWebhook' --stack staging",
    ],
  ],
  [
    "a rotation on no day",
    "secrets/rotatedOn",
    { jwt: "2026-02-30" },
    [
      'secrets.rotatedOn.jwt is "2026-02-30"; allowed: a date, such as 2026-11-24, in quotes where it stands in a file',
      "pulumi config set --path 'secrets.rotatedOn.jwt' '2026-11-24' --stack staging",
    ],
  ],
  [
    "a secret that does not exist",
    "secrets/rotation/jwtt",
    2,
    [
      `secrets.rotation.jwtt is unknown, did you mean jwt?; allowed: ${secretNames.join(", ")}`,
      "pulumi config rm --path 'secrets.rotation.jwtt' --stack staging",
    ],
  ],
  [
    "a registry user that is a template",
    "registry/username",
    "robot{{ .jwt }}",
    [
      'registry.username is "robot{{ .jwt }}"; allowed: a user name without spaces and double braces',
      "pulumi config set --path 'registry.username' 'robot' --stack staging",
    ],
  ],
  [
    "a text where an object belongs",
    "traffic",
    "ingress",
    [
      'traffic is "ingress"; allowed: kind and host, and more',
      "pulumi config set --path 'traffic' 'ingress' --stack staging",
    ],
  ],
  [
    "an unknown top-level key",
    "servces",
    {},
    [
      `servces is unknown, did you mean services?; allowed: ${Object.keys(schema.shape).join(", ")}`,
      "pulumi config rm --path 'servces' --stack staging",
    ],
  ],
];

describe("the configuration", () => {
  for (const stack of stacks) {
    it(`of the stack ${stack} is accepted`, () => {
      assert.doesNotThrow(() => parseConfig({ stack, values: configOf(stack), encrypted: new Set() }));
    });
  }

  for (const [what, at, value, lines] of faults) {
    it(`refuses ${what}`, () => {
      const message = messageOf((config) => {
        set(config, at, value);
      });
      assert.deepEqual(message.split("\n"), [
        "Configuration of stack staging has 1 fault:",
        `  ${lines[0]}`,
        `    ${lines[1]}`,
      ]);
      assert.ok(!message.includes("canary"));
    });
  }

  it("says everything that is wrong at once", () => {
    const message = messageOf((config) => {
      set(config, "environment", "prod");
      set(config, `${web}/autoscaling/maxReplicas`, 2);
      set(config, `${web}/port`, 0);
      set(config, "traffic/hots", "a");
    });
    const told = message.split("\n").filter((_, index) => index % 2 === 1);
    assert.deepEqual(told.map((line) => line.trim().split(" ")[0]).sort(), [
      "environment",
      "services.monitoring-web-service.autoscaling.maxReplicas",
      "services.monitoring-web-service.port",
      "traffic.hots",
    ]);
    assert.match(message, /^Configuration of stack staging has 4 faults:\n/);
  });

  it("says nothing about a combination of which one part is faulty in itself", () => {
    const message = messageOf((config) => {
      set(config, `${web}/autoscaling/minReplicas`, 1000);
      set(config, `${web}/autoscaling/maxReplicas`, 2);
    });
    assert.match(message, /has 1 fault:\n {2}services\.monitoring-web-service\.autoscaling\.minReplicas is 1000/);
  });

  for (const secret of secretKeys) {
    const value = secret === "slackWebhook" ? "https://hooks.example.com/canary" : "Canary-password-0123456789";

    it(`refuses a plain ${secret} without repeating it`, () => {
      const message = messageOf((config) => {
        if (secret === "registryPassword") config["registry"] = { server: "registry.example.com", username: "robot" };
        if (secret === "databasePassword") config["database"] = { kind: "existing", existing: {} };
        config[secret] = value;
      });
      assert.deepEqual(message.split("\n"), [
        "Configuration of stack staging has 1 fault:",
        `  ${secret} is not encrypted (its value is not shown); allowed: a Pulumi secret`,
        `    pulumi config set --secret ${secret} --stack staging   # and make a new one: this one was readable`,
      ]);
    });

    it(`refuses an encrypted ${secret} that is malformed without repeating it`, () => {
      const message = messageOf(
        (config) => {
          config[secret] = secret === "databasePassword" ? "canary canary" : "canary";
        },
        [secret],
      );
      assert.match(message, new RegExp(`${secret} is not accepted \\(its value is not shown\\)`));
      assert.ok(!/canary/i.test(message));
    });
  }

  const stored = { registryPassword: "registry-password", slackWebhook: "slack-webhook", databasePassword: "database" };

  for (const secret of secretKeys) {
    const value = secret === "slackWebhook" ? "https://hooks.example.com/canary" : "Canary-password-0123456789";

    it(`refuses ${secret} beside a store that has it`, () => {
      const message = messageOf(
        (config) => {
          withStore("vault")(config);
          if (secret === "databasePassword") config["database"] = { kind: "existing", existing: {} };
          config[secret] = value;
        },
        [secret],
      );
      assert.deepEqual(message.split("\n"), [
        "Configuration of stack staging has 1 fault:",
        `  ${secret} is not accepted (its value is not shown); allowed: nothing: with secrets.store.kind vault it is read from the store, as ${stored[secret]}`,
        `    pulumi config rm --path '${secret}' --stack staging`,
      ]);
    });
  }

  it("wants no password of the registry where a store has it, and still both other keys", () => {
    const message = messageOf((config) => {
      withStore("aws")(config);
      config["registry"] = { username: "robot" };
    });
    assert.deepEqual(message.split("\n"), [
      "Configuration of stack staging has 1 fault:",
      "  registry.server is missing; allowed: registry.server and registry.username: both or none",
      "    pulumi config set --path 'registry.server' 'registry.example.com' --stack staging",
    ]);
  });

  it("wants the registry's three keys together", () => {
    const message = messageOf((config) => {
      config["registry"] = { server: "registry.example.com" };
    });
    assert.deepEqual(message.split("\n"), [
      "Configuration of stack staging has 2 faults:",
      "  registry.username is missing; allowed: registry.server, registry.username and registryPassword: all three or none",
      "    pulumi config set --path 'registry.username' 'robot' --stack staging",
      "  registryPassword is missing; allowed: registry.server, registry.username and registryPassword: all three or none",
      "    pulumi config set --secret registryPassword --stack staging",
    ]);
  });
});

describe("the border to the engine's configuration", () => {
  it("knows plain values from encrypted ones", () => {
    const values = { ...configOf("local"), slackWebhook: "https://hooks.example.com/canary" };
    installMonitor("monitoring-web-service", "local");
    installConfig(values);
    assert.throws(() => loadConfig(), /slackWebhook is not encrypted/);

    installConfig(values, ["slackWebhook"]);
    assert.notEqual(loadConfig().slackWebhook, undefined);
  });

  it("tells of text that is no JSON as of any other fault", () => {
    installMonitor("monitoring-web-service", "local");
    installConfig({ ...configOf("local"), traffic: "{broken" });
    assert.throws(() => loadConfig(), {
      message: /^Configuration of stack local has 1 fault:\n {2}traffic is "\{broken"; allowed: /,
    });
  });

  it("leaves keys of other packages alone", () => {
    installMonitor("monitoring-web-service", "local");
    installConfig(configOf("local"));
    runtime.setConfig("aws:region", "eu-central-1");
    assert.doesNotThrow(() => loadConfig());
  });
});

describe("Pulumi.yaml", () => {
  const declared = declaredKeys();

  it("declares every key of the schema, and no other", () => {
    assert.deepEqual(Object.keys(declared).sort(), Object.keys(schema.shape).sort());
  });

  for (const [key, { type, description, default: value }] of Object.entries(declared)) {
    const own = schema.shape[key as keyof typeof schema.shape];

    it(`describes ${key} as the schema does`, () => {
      assert.equal(description, docAt(schema, [key]).description);
      assert.equal(type, unwrap(own) instanceof z.ZodObject ? "object" : "string");
    });

    it(`gives ${key} the schema's default`, () => {
      const empty = own.safeParse(undefined);
      assert.equal(empty.success, value !== undefined);
      if (value !== undefined) assert.deepEqual(own.parse(value), empty.data);
    });
  }
});
