import assert from "node:assert/strict";

import { runtime } from "@pulumi/pulumi";

import { AppNamespace } from "../../../components/security/app-namespace";
import { ExternalDelivery } from "../../../components/security/external-delivery";
import type { SecretRequest } from "../../../components/security/secret-delivery";
import { SecretStore, type StoreProvider } from "../../../components/security/secret-store";
import { perSecret, type SecretName } from "../../../components/security/secret-table";
import { installMonitor } from "../../support/mocks";

const aws: StoreProvider = { kind: "aws", region: "eu-central-1" };
const labels = { "app.kubernetes.io/name": "service" };
const data = { DATABASE_URL: "postgresql://user:{{ .database }}@host/db", JWT_SECRET: "{{ .jwt }}" };

interface Case {
  readonly provider?: StoreProvider;
  readonly rotation?: Readonly<Partial<Record<SecretName, number>>>;
  readonly refreshInterval?: "1 hour" | "2 hours";
  readonly request?: Partial<SecretRequest>;
  /** The namespace that the Secret is for. */
  readonly into?: string;
}

/** Delivers one Secret, and gives back the objects of the operator. */
async function deliver(options: Case = {}) {
  const { provider = aws, rotation = {}, refreshInterval = "1 hour", request = {}, into = "apps" } = options;
  const monitor = installMonitor("project", "stack");
  const namespace = new AppNamespace("namespace", { namespace: "apps", environment: "local", demands: [] });
  const delivery = new ExternalDelivery({
    store: new SecretStore("secret-store", { namespace, provider }),
    prefix: "shop",
    environment: "production",
    rotation: perSecret((secret) => rotation[secret] ?? 1),
    refreshInterval,
  });
  const target = { namespace: into, resource: namespace.resource };
  const { name } = delivery.deliver("service-secrets", { namespace: target, labels, data, ...request }, {});
  await runtime.disconnect();
  const spec = (kind: string) => {
    const found = monitor.recorded.find(({ type }) => type === `kubernetes:external-secrets.io/v1:${kind}`);
    return found?.inputs["spec"] as Readonly<Record<string, unknown>>;
  };
  const accounts = monitor.recorded.filter(({ type }) => type.endsWith(":ServiceAccount")).length;
  assert.ok(typeof name === "string", "the name is plain: nothing about a workload is ever unknown");
  return { name, external: spec("ExternalSecret"), store: spec("SecretStore"), accounts };
}

describe("ExternalDelivery", () => {
  it("asks for each secret by prefix, environment, name and version, and hands over what templates make of them", async () => {
    const { name, external } = await deliver({ rotation: { jwt: 3 } });
    assert.match(name, /^service-secrets-[0-9a-f]{8}$/);
    assert.deepEqual(external, {
      secretStoreRef: { kind: "SecretStore", name: "secret-store" },
      refreshInterval: "3600s",
      target: {
        name,
        creationPolicy: "Owner",
        deletionPolicy: "Retain",
        template: {
          type: "Opaque",
          engineVersion: "v2",
          mergePolicy: "Replace",
          metadata: { labels },
          data: {
            DATABASE_URL:
              '{{ if not (mustRegexMatch "^[A-Za-z0-9]{32,}$" .database) }}{{ fail "database is not accepted (its value is not shown); allowed: at least 32 letters and digits" }}{{ end }}postgresql://user:{{ .database }}@host/db',
            JWT_SECRET:
              '{{ if not (mustRegexMatch "^[0-9A-Fa-f]{64}$" .jwt) }}{{ fail "jwt is not accepted (its value is not shown); allowed: 64 hexadecimal digits" }}{{ end }}{{ .jwt }}',
          },
        },
      },
      data: [
        { secretKey: "database", remoteRef: { key: "shop/production/database", property: "v1" } },
        { secretKey: "jwt", remoteRef: { key: "shop/production/jwt", property: "v3" } },
      ],
    });
  });

  it("knows the neighbours of a secret that has some", async () => {
    const { external } = await deliver({
      rotation: { cache: 3 },
      request: { data: { ACL: "{{ .cachePrevious }} {{ .cache }} {{ .cacheNext }}" } },
    });
    const reference = (version: string) => ({ key: "shop/production/cache", property: version });
    assert.deepEqual(external["data"], [
      { secretKey: "cachePrevious", remoteRef: reference("v2") },
      { secretKey: "cache", remoteRef: reference("v3") },
      { secretKey: "cacheNext", remoteRef: reference("v4") },
    ]);
    await assert.rejects(deliver({ request: { data: { OTHER: "{{ .databaseNext }}" } } }), {
      message: /^There is no secret called databaseNext; there are jwtPrevious, jwt, jwtNext, /,
    });
  });

  const changes: Readonly<Record<string, Case>> = {
    "a version of a secret in it": { rotation: { jwt: 2 } },
    "a template": { request: { data: { ...data, JWT_SECRET: "x{{ .jwt }}" } } },
    "the Secret's type": { request: { type: "kubernetes.io/basic-auth" } },
    "the kind of store": { provider: { kind: "kubernetes", namespace: "secrets" } },
  };

  for (const [what, change] of Object.entries(changes)) {
    it(`names the Secret anew for ${what}, so that the pods roll`, async () => {
      assert.notEqual((await deliver(change)).name, (await deliver()).name);
    });
  }

  it("keeps the name for what does not change the content", async () => {
    const { name } = await deliver();
    assert.equal((await deliver({ rotation: { cache: 2 } })).name, name);
    assert.equal((await deliver({ refreshInterval: "2 hours" })).name, name);
    assert.equal((await deliver({ request: { labels: {} } })).name, name);
  });

  it("refuses another namespace than its store's, whose operator could not read it", async () => {
    await assert.rejects(deliver({ into: "monitoring" }), {
      message: "service-secrets is for monitoring: secret-store serves apps alone",
    });
  });
});

describe("SecretStore", () => {
  it("reads AWS Secrets Manager as the operator, or as a role that the operator assumes", async () => {
    assert.deepEqual((await deliver()).store, {
      provider: { aws: { service: "SecretsManager", region: "eu-central-1" } },
    });
    const role = "arn:aws:iam::123456789012:role/secrets";
    const { store, accounts } = await deliver({ provider: { ...aws, role } });
    assert.deepEqual(store, { provider: { aws: { service: "SecretsManager", region: "eu-central-1", role } } });
    assert.equal(accounts, 0);
  });

  it("logs in to Vault with an account of its own and a token that is good for Vault alone", async () => {
    const { store, accounts } = await deliver({
      provider: {
        kind: "vault",
        server: "https://vault:8200",
        path: "kv",
        mountPath: "kubernetes",
        role: "shop",
        audience: "vault",
        ca: "CA",
      },
    });
    assert.equal(accounts, 1);
    assert.deepEqual(store, {
      provider: {
        vault: {
          server: "https://vault:8200",
          path: "kv",
          version: "v2",
          caBundle: "Q0E=",
          auth: {
            kubernetes: {
              mountPath: "kubernetes",
              role: "shop",
              serviceAccountRef: { name: "secret-store", audiences: ["vault"] },
            },
          },
        },
      },
    });
  });

  it("reads another namespace of the cluster, and keys there have no slashes", async () => {
    const { store, external, accounts } = await deliver({ provider: { kind: "kubernetes", namespace: "secrets" } });
    assert.equal(accounts, 1);
    assert.deepEqual(store, {
      provider: {
        kubernetes: {
          remoteNamespace: "secrets",
          server: { caProvider: { type: "ConfigMap", name: "kube-root-ca.crt", key: "ca.crt" } },
          auth: { serviceAccount: { name: "secret-store" } },
        },
      },
    });
    assert.deepEqual((external["data"] as { remoteRef: unknown }[])[0]?.remoteRef, {
      key: "shop-production-database",
      property: "v1",
    });
  });

  it("reads another cluster, by its authority", async () => {
    const provider: StoreProvider = { kind: "kubernetes", namespace: "secrets", server: "https://k8s:6443", ca: "CA" };
    const { server } = ((await deliver({ provider })).store["provider"] as { kubernetes: { server: unknown } })
      .kubernetes;
    assert.deepEqual(server, { url: "https://k8s:6443", caBundle: "Q0E=" });
  });
});
