import assert from "node:assert/strict";

import { type SecretName, secretNames, type SecretRow, secretTable } from "../../components/security/secret-table";
import { at, type ConfigValues, differences, find, objectName, type Rendered, renderStack } from "../support/resources";
import { encryptedWith, type StoreKind, storeKinds, withStore } from "../support/secret-stores";

const both = "staging";

/** Rotating or reconfiguring may change these and nothing else: pods roll, and nothing else moves. */
const POD_TEMPLATES = ["Deployment monitoring-web-service-blue", "Deployment monitoring-web-service-green"];
const OTHER_POD_TEMPLATE = "Deployment mcp-memory";

/** All Deployments without the two names in their pod templates that are meant to change. */
function withoutEnvironment({ resources }: Rendered): unknown {
  return resources
    .filter(({ type }) => type.endsWith(":Deployment"))
    .map((deployment) => {
      const spec = structuredClone(at(deployment, "spec")) as {
        template: { spec: { containers: { envFrom?: unknown }[]; imagePullSecrets?: unknown } };
      };
      for (const container of spec.template.spec.containers) delete container.envFrom;
      delete spec.template.spec.imagePullSecrets;
      return [objectName(deployment), spec];
    });
}

function assertOnlyPodsRoll(
  before: Rendered,
  after: Rendered,
  {
    added = [],
    changed,
    pods = POD_TEMPLATES,
  }: Readonly<Record<"changed", readonly string[]>> & Readonly<Partial<Record<"added" | "pods", readonly string[]>>>,
): void {
  assert.deepEqual(differences(before, after), { added, removed: [], changed: [...changed, ...pods].sort() });
  assert.deepEqual(withoutEnvironment(after), withoutEnvironment(before));
}

const table: Readonly<Record<SecretName, SecretRow>> = secretTable;

/** What the table says of a secret, as Deployments. */
function rolled(secret: SecretName): readonly string[] {
  switch (table[secret].rolls) {
    case "every service":
      return [OTHER_POD_TEMPLATE, ...POD_TEMPLATES];
    case "the services that ask for it":
      return secret === "cache" ? [OTHER_POD_TEMPLATE, ...POD_TEMPLATES] : POD_TEMPLATES;
    case "no service":
      return [];
  }
}

/** The Secrets that hold it. */
function holders(secret: SecretName): readonly string[] {
  if (secret === "registryPassword") return ["registry-secret"];
  return [...(secret === "cache" ? ["mcp-memory-secrets"] : []), "monitoring-web-service-secrets"];
}

const kebab = (secret: SecretName) => (secret === "encryptionKey" ? "encryption-key" : secret);

const randomOf = (secret: SecretName) =>
  `${table[secret].form.kind === "password" ? "RandomPassword" : "RandomBytes"} secrets-${kebab(secret)}`;

interface Versions {
  readonly rotation?: Readonly<Partial<Record<SecretName, number>>>;
  readonly rolledOut?: Readonly<Partial<Record<SecretName, number>>>;
}

function render(kind: StoreKind, { rotation = {}, rolledOut = {} }: Versions = {}, given: ConfigValues = {}) {
  return renderStack(
    both,
    (config) => {
      withStore(kind)(config);
      const secrets = config["secrets"] as Record<string, object>;
      secrets["rotation"] = { ...secrets["rotation"], ...rotation };
      secrets["rolledOut"] = rolledOut;
      Object.assign(config, given);
    },
    encryptedWith(kind),
  );
}

/** What the released service's Secret says, generated. */
function environmentOf(stack: Rendered): Readonly<Record<string, string>> {
  const { inputs } = find(stack, "Secret", "monitoring-web-service-secrets");
  return (inputs["stringData"] as { value: Record<string, string> }).value;
}

for (const kind of storeKinds) {
  describe(`rotation with the store ${kind}`, () => {
    let before: Rendered;
    beforeEach(async () => {
      before = await render(kind);
    });

    for (const secret of secretNames.filter((name) => table[name].rolls !== "no service")) {
      it(`of ${secret} rolls ${table[secret].rolls}, and touches nothing else`, async () => {
        const own = kind === "generated" && table[secret].form.kind === "given";
        const after = own
          ? await render(kind, {}, { [secret]: "https://hooks.example.com/canary-two" })
          : await render(kind, { rotation: { [secret]: 2 } });
        const holder = kind === "generated" ? "Secret" : "ExternalSecret";
        assertOnlyPodsRoll(before, after, {
          added: kind === "generated" && !own ? [`${randomOf(secret)}-even`] : [],
          changed: holders(secret).map((name) => `${holder} ${name}`),
          pods: rolled(secret),
        });
      });
    }

    for (const secret of secretNames.filter((name) => table[name].rolls === "no service")) {
      it(`of ${secret} rolls no service`, async () => {
        const { changed } = differences(before, await render(kind, { rotation: { [secret]: 2 } }));
        assert.deepEqual(
          changed.filter((one) => one.startsWith("Deployment ")),
          [],
        );
      });
    }

    it("made first and rolled out second rolls the pods twice", async () => {
      const made = await render(kind, { rotation: { jwt: 2 }, rolledOut: { jwt: 1 } });
      const rolledOut = await render(kind, { rotation: { jwt: 2 } });
      const holder = `${kind === "generated" ? "Secret" : "ExternalSecret"} monitoring-web-service-secrets`;
      assertOnlyPodsRoll(before, made, {
        added: kind === "generated" ? ["RandomBytes secrets-jwt-even"] : [],
        changed: [holder],
      });
      assertOnlyPodsRoll(made, rolledOut, { changed: [holder] });
    });

    it("of a server's password, made and not rolled out, touches no pod", async () => {
      const made = await render(kind, { rotation: { database: 2 }, rolledOut: { database: 1 } });
      assertOnlyPodsRoll(before, made, {
        added: kind === "generated" ? ["RandomPassword secrets-database-even"] : [],
        changed: [],
        pods: [],
      });
    });
  });
}

describe("a rotation", () => {
  it("keeps the value in use until it is rolled out, and the one before beside it afterwards", async () => {
    const first = environmentOf(await render("generated"));
    const made = environmentOf(await render("generated", { rotation: { jwt: 2 }, rolledOut: { jwt: 1 } }));
    const rolledOut = environmentOf(await render("generated", { rotation: { jwt: 2 } }));
    const next = environmentOf(await render("generated", { rotation: { jwt: 3 } }));
    assert.equal(first["JWT_SECRET_ALTERNATE"], undefined);
    assert.equal(made["JWT_SECRET"], first["JWT_SECRET"]);
    assert.equal(rolledOut["JWT_SECRET"], made["JWT_SECRET_ALTERNATE"]);
    assert.equal(rolledOut["JWT_SECRET_ALTERNATE"], first["JWT_SECRET"]);
    assert.equal(next["JWT_SECRET_ALTERNATE"], rolledOut["JWT_SECRET"]);
    assert.equal(new Set([first, rolledOut, next].map((environment) => environment["JWT_SECRET"])).size, 3);
  });

  it("by two leaves nothing of a value that leaked", async () => {
    const leaked = environmentOf(await render("generated"))["JWT_SECRET"] ?? "";
    const { resources } = await render("generated", { rotation: { jwt: 3 } });
    assert.notEqual(leaked, "");
    assert.ok(!JSON.stringify(resources).includes(JSON.stringify(leaked).slice(1, -1)));
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
      assertOnlyPodsRoll(before, after, { changed: ["ConfigMap monitoring-web-service-config"] });
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
