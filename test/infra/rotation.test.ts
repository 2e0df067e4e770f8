import assert from "node:assert/strict";

import { generatedSecrets } from "../../components/security/generated-secrets";
import { at, type ConfigValues, differences, find, type Rendered, renderStack } from "../support/resources";

const both = "staging";

/** Rotating or reconfiguring may change these and nothing else: pods roll, and nothing else moves. */
const POD_TEMPLATES = ["Deployment monitoring-web-service-blue", "Deployment monitoring-web-service-green"];

/** A Deployment without the two names in its pod template that are meant to change. */
function withoutEnvironment(stack: Rendered, name: string): unknown {
  const spec = structuredClone(at(find(stack, "Deployment", name), "spec")) as {
    template: { spec: { containers: { envFrom?: unknown }[]; imagePullSecrets?: unknown } };
  };
  for (const container of spec.template.spec.containers) delete container.envFrom;
  delete spec.template.spec.imagePullSecrets;
  return spec;
}

function assertOnlyPodsRoll(before: Rendered, after: Rendered, allowed: readonly string[]): void {
  assertChanged(before, after, [...allowed, ...POD_TEMPLATES]);
  for (const name of ["monitoring-web-service-blue", "monitoring-web-service-green"]) {
    assert.deepEqual(withoutEnvironment(after, name), withoutEnvironment(before, name), name);
  }
}

function assertChanged(before: Rendered, after: Rendered, changed: readonly string[]): void {
  assert.deepEqual(differences(before, after), { added: [], removed: [], changed: [...changed].sort() });
}

/** A login's password is in a Secret of its own, whose name the cluster takes, and with it the cluster that recovers from its backups. */
const ofLogin = (role: string) => [
  "Cluster database-cluster",
  "ConfigMap database-backup-recovery",
  `Secret database-login-${role}`,
];

const rotate = (secret: string) => (config: ConfigValues) => {
  (config["secrets"] as { rotation: Record<string, number> }).rotation[secret] = 2;
};

describe("rotation", () => {
  for (const secret of generatedSecrets.filter((name) => !name.startsWith("database"))) {
    it(`of ${secret} makes one new secret and rolls the pods`, async () => {
      const before = await renderStack(both);
      const after = await renderStack(both, rotate(secret));
      const type = secret === "cache" ? "RandomPassword" : "RandomBytes";
      const name = secret === "encryptionKey" ? "encryption-key" : secret;
      assertOnlyPodsRoll(before, after, [`${type} secrets-${name}`, "Secret monitoring-web-service-secrets"]);
    });
  }

  for (const [secret, role] of [
    ["database", "service"],
    ["databaseReader", "reader"],
  ] as const) {
    it(`of ${secret} gives the login its new password and rolls the pods`, async () => {
      const before = await renderStack(both);
      const after = await renderStack(both, rotate(secret));
      const password = secret === "database" ? "database" : "database-reader";
      assertOnlyPodsRoll(before, after, [
        `RandomPassword secrets-${password}`,
        "Secret monitoring-web-service-secrets",
        ...ofLogin(role),
      ]);
    });
  }

  it("of databaseOwner concerns no service", async () => {
    const before = await renderStack(both);
    const after = await renderStack(both, rotate("databaseOwner"));
    assertChanged(before, after, ["RandomPassword secrets-database-owner", ...ofLogin("owner")]);
  });

  it("of the registry's password rolls the pods", async () => {
    const withPassword = (password: string) => (config: ConfigValues) => {
      config["registry"] = { server: "registry.example.com", username: "robot" };
      config["registryPassword"] = password;
    };
    const before = await renderStack(both, withPassword("canary-one"), ["registryPassword"]);
    const after = await renderStack(both, withPassword("canary-two"), ["registryPassword"]);
    assertOnlyPodsRoll(before, after, ["Secret registry-secret"]);
  });
});

describe("a change of the environment", () => {
  const changes: Readonly<Record<string, unknown>> = {
    logLevel: "debug",
    metricsRetention: "30 days",
    chartGenerationTimeout: "20 s",
    maxConcurrentCharts: 20,
  };

  for (const [key, value] of Object.entries(changes)) {
    it(`by application.${key} rolls the pods`, async () => {
      const before = await renderStack(both);
      const after = await renderStack(both, (config) => {
        config["application"] = { ...(config["application"] as object), [key]: value };
      });
      assertOnlyPodsRoll(before, after, ["ConfigMap monitoring-web-service-config"]);
    });
  }

  it("leaves names to the provider, so that no object is ever deleted before its successor exists", async () => {
    const stack = await renderStack(both);
    for (const resource of stack.resources.filter(({ type }) => /:(Secret|ConfigMap)$/.test(type))) {
      assert.equal(at(resource, "metadata", "name"), undefined, resource.urn);
      assert.equal(at(resource, "immutable"), undefined, resource.urn);
    }
  });
});
