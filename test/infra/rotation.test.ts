import assert from "node:assert/strict";

import { kebabCase } from "../../components/core/names";
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
  return [...(secret === "cache" ? ["cache-secrets", "mcp-memory-secrets"] : []), "monitoring-web-service-secrets"];
}

/** The cache's servers take their users from a Secret. */
const servers = (secret: SecretName) => (secret === "cache" ? ["StatefulSet cache-servers"] : []);

const randomOf = (secret: SecretName) =>
  `${table[secret].form.kind === "password" ? "RandomPassword" : "RandomBytes"} secrets-${kebabCase(secret)}`;

const logins: Readonly<Partial<Record<SecretName, string>>> = {
  database: "service",
  databaseOwner: "owner",
  databaseReader: "reader",
};

/**
 * What gives a database's login its new password: a Secret of its own, which every way of delivery gives a new name. The cluster
 * takes that, and with it the description of the cluster that recovers from its backups.
 */
function ofLogin(secret: SecretName, kind: StoreKind): readonly string[] {
  const role = logins[secret];
  if (role === undefined) return [];
  const delivered = `${kind === "generated" ? "Secret" : "ExternalSecret"} database-login-${role}`;
  return [delivered, "Cluster database-cluster", "ConfigMap database-backup-recovery"];
}

type Rotation = Readonly<Partial<Record<SecretName, number>>>;

function render(kind: StoreKind, rotation: Rotation = {}, given: ConfigValues = {}) {
  return renderStack(
    both,
    (config) => {
      withStore(kind)(config);
      const secrets = config["secrets"] as Record<string, object>;
      secrets["rotation"] = { ...secrets["rotation"], ...rotation };
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
          : await render(kind, { [secret]: 2 });
        const made = kind === "generated" && !own;
        const { neighbours } = table[secret];
        assertOnlyPodsRoll(before, after, {
          // With neighbours, the second version was there, and the third is made in a place of its own.
          added: made && neighbours ? [`${randomOf(secret)}-3`] : [],
          changed: [
            ...(made && !neighbours ? [randomOf(secret)] : []),
            ...holders(secret).map((name) => `${kind === "generated" ? "Secret" : "ExternalSecret"} ${name}`),
            ...ofLogin(secret, kind),
          ],
          pods: [...rolled(secret), ...servers(secret)],
        });
      });
    }

    for (const secret of secretNames.filter((name) => table[name].rolls === "no service")) {
      it(`of ${secret} rolls no service`, async () => {
        const { changed } = differences(before, await render(kind, { [secret]: 2 }));
        assert.deepEqual(
          changed.filter((one) => [OTHER_POD_TEMPLATE, ...POD_TEMPLATES].includes(one)),
          [],
        );
      });
    }
  });
}

describe("a rotation", () => {
  const environment = async (jwt: number) => environmentOf(await render("generated", { jwt }));
  const [used, previous, next] = ["JWT_SECRET", "JWT_SECRET_PREVIOUS", "JWT_SECRET_NEXT"] as const;

  it("takes the next value into use, and keeps the one before", async () => {
    const versions = [1, 2, 3, 4, 5];
    const all = await versions.reduce<Promise<Readonly<Record<string, string>>[]>>(
      async (before, version) => [...(await before), await environment(version)],
      Promise.resolve([]),
    );
    for (const [index, young] of all.entries()) {
      const old = all[index - 1];
      if (old === undefined) continue;
      assert.equal(young[used], old[next]);
      assert.equal(young[previous], old[used]);
    }
    assert.equal(new Set(all.map((one) => one[used])).size, versions.length);
  });

  it("has nothing before the first value", async () => {
    const first = await environment(1);
    assert.equal(first[previous], first[used]);
    assert.notEqual(first[next], first[used]);
  });

  it("by three leaves nothing that pods knew of a secret that leaked", async () => {
    const [leaked, fresh] = [await environment(1), await environment(4)];
    const names = [used, previous, next] as const;
    const known = names.map((name) => leaked[name]);
    assert.deepEqual(
      names.filter((name) => known.includes(fresh[name])),
      [],
    );
    // By two, the next value of then would be the one before.
    const early = await environment(3);
    assert.ok(known.includes(early[previous]));
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
