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
  assert.deepEqual(differences(before, after), {
    added: [],
    removed: [],
    changed: [...allowed, ...POD_TEMPLATES].sort(),
  });
  for (const name of ["monitoring-web-service-blue", "monitoring-web-service-green"]) {
    assert.deepEqual(withoutEnvironment(after, name), withoutEnvironment(before, name), name);
  }
}

describe("rotation", () => {
  // The cache's password is known to its servers as well: test/infra/cache.test.ts.
  for (const secret of generatedSecrets.filter((name) => name !== "cache")) {
    it(`of ${secret} makes one new secret and rolls the pods`, async () => {
      const before = await renderStack(both);
      const after = await renderStack(both, (config) => {
        (config["secrets"] as { rotation: Record<string, number> }).rotation[secret] = 2;
      });
      const type = secret === "database" ? "RandomPassword" : "RandomBytes";
      const name = secret === "encryptionKey" ? "encryption-key" : secret;
      assertOnlyPodsRoll(before, after, [`${type} secrets-${name}`, "Secret monitoring-web-service-secrets"]);
    });
  }

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
