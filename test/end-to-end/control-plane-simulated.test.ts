import { strict as assert } from "node:assert";
import { z } from "zod";
import type { Environment } from "../../local/control-plane";
import { Api } from "../../local/control-plane/api";
import { loadPki } from "../../local/control-plane/pki";
import { embedded } from "../support/embedded";
import { eventually } from "../support/eventually";

const NAMESPACE = "simulated";

const condition = z.object({ type: z.string(), status: z.string(), observedGeneration: z.number().optional() });

const anyObject = z.looseObject({
  metadata: z.looseObject({ generation: z.number().optional() }),
  spec: z.record(z.string(), z.unknown()).optional(),
  status: z.looseObject({ conditions: z.array(condition).optional() }).optional(),
});

type AnyObject = z.infer<typeof anyObject>;

interface Case {
  readonly path: string;
  readonly name: string;
  readonly manifest: object;
  /** The conditions that have to become true. */
  readonly conditions: readonly string[];
  /** A change of the spec after which they have to become true again, where the kind tells for which generation they are. */
  readonly change?: object;
}

const inNamespace = (group: string, plural: string) => `/apis/${group}/namespaces/${NAMESPACE}/${plural}`;

const CASES: readonly Case[] = [
  {
    path: inNamespace("cert-manager.io/v1", "issuers"),
    name: "issuer",
    manifest: { apiVersion: "cert-manager.io/v1", kind: "Issuer", spec: { selfSigned: {} } },
    conditions: ["Ready"],
  },
  {
    path: "/apis/cert-manager.io/v1/clusterissuers",
    name: "simulated",
    manifest: { apiVersion: "cert-manager.io/v1", kind: "ClusterIssuer", spec: { selfSigned: {} } },
    conditions: ["Ready"],
  },
  {
    path: inNamespace("cert-manager.io/v1", "certificates"),
    name: "certificate",
    manifest: {
      apiVersion: "cert-manager.io/v1",
      kind: "Certificate",
      spec: { secretName: "tls", dnsNames: ["example.invalid"], issuerRef: { name: "issuer" } },
    },
    change: { secretName: "tls", dnsNames: ["other.invalid"], issuerRef: { name: "issuer" } },
    conditions: ["Ready"],
  },
  {
    path: inNamespace("external-secrets.io/v1", "secretstores"),
    name: "store",
    manifest: {
      apiVersion: "external-secrets.io/v1",
      kind: "SecretStore",
      spec: { provider: { fake: { data: [{ key: "a", value: "b" }] } } },
    },
    conditions: ["Ready"],
  },
  {
    path: "/apis/external-secrets.io/v1/clustersecretstores",
    name: "simulated",
    manifest: {
      apiVersion: "external-secrets.io/v1",
      kind: "ClusterSecretStore",
      spec: { provider: { fake: { data: [{ key: "a", value: "b" }] } } },
    },
    conditions: ["Ready"],
  },
  {
    path: inNamespace("external-secrets.io/v1", "externalsecrets"),
    name: "secret",
    manifest: {
      apiVersion: "external-secrets.io/v1",
      kind: "ExternalSecret",
      spec: { secretStoreRef: { name: "store" }, data: [{ secretKey: "a", remoteRef: { key: "a" } }] },
    },
    conditions: ["Ready"],
  },
  {
    path: inNamespace("postgresql.cnpg.io/v1", "clusters"),
    name: "database",
    manifest: {
      apiVersion: "postgresql.cnpg.io/v1",
      kind: "Cluster",
      spec: { instances: 3, storage: { size: "10Gi" } },
    },
    change: { instances: 2, storage: { size: "10Gi" } },
    conditions: ["Ready"],
  },
  {
    path: inNamespace("monitoring.coreos.com/v1", "prometheuses"),
    name: "prometheus",
    manifest: { apiVersion: "monitoring.coreos.com/v1", kind: "Prometheus", spec: { replicas: 2 } },
    change: { replicas: 3 },
    conditions: ["Available", "Reconciled"],
  },
  {
    path: inNamespace("monitoring.coreos.com/v1", "alertmanagers"),
    name: "alertmanager",
    manifest: { apiVersion: "monitoring.coreos.com/v1", kind: "Alertmanager", spec: { replicas: 3 } },
    conditions: ["Available", "Reconciled"],
  },
  {
    path: "/apis/gateway.networking.k8s.io/v1/gatewayclasses",
    name: "simulated",
    manifest: {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "GatewayClass",
      spec: { controllerName: "example.invalid/gateway" },
    },
    conditions: ["Accepted"],
  },
  {
    path: inNamespace("gateway.networking.k8s.io/v1", "gateways"),
    name: "gateway",
    manifest: {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "Gateway",
      spec: { gatewayClassName: "simulated", listeners: [{ name: "http", port: 80, protocol: "HTTP" }] },
    },
    change: {
      gatewayClassName: "simulated",
      listeners: ["http", "other"].map((name, index) => ({ name, port: 80 + index, protocol: "HTTP" })),
    },
    conditions: ["Accepted", "Programmed"],
  },
];

describe("what the embedded cluster simulates", function () {
  this.timeout(300_000);

  let environment: Environment;
  let api: Api;

  before(async () => {
    ({ environment } = await embedded());
    const pki = loadPki(environment.state.pki);
    assert.ok(pki);
    const { certificate, key } = pki.certificates.admin;
    api = new Api({ server: environment.apiServer, ca: pki.authority.certificate, certificate, key });
    await apply("/api/v1/namespaces", NAMESPACE, { apiVersion: "v1", kind: "Namespace" });
  });

  after(async () => {
    const shared = CASES.filter(({ path }) => !path.includes("/namespaces/"));
    for (const { path, name } of shared) await api.remove(`${path}/${name}`);
    await api.remove(`/api/v1/namespaces/${NAMESPACE}`);
    api.close();
  });

  async function apply(path: string, name: string, manifest: object): Promise<void> {
    await api.apply(`${path}/${name}`, { ...manifest, metadata: { name } });
  }

  const read = (path: string) => api.get(path, anyObject);

  function isTrue(object: AnyObject, type: string): boolean {
    const found = object.status?.conditions?.find((one) => one.type === type);
    const current = found?.observedGeneration ?? object.metadata.generation;
    return found?.status === "True" && current === object.metadata.generation;
  }

  for (const { path, name, manifest, conditions, change } of CASES) {
    it(`says of ${path.split("/").at(-1) ?? path} that they are ${conditions.join(" and ")}`, async () => {
      await apply(path, name, manifest);
      const holds = async () => {
        const object = await read(`${path}/${name}`);
        return conditions.every((type) => isTrue(object, type));
      };
      await eventually(holds, { timeoutSeconds: 30 });
      if (change === undefined) return;
      const before = (await read(`${path}/${name}`)).metadata.generation;
      await apply(path, name, { ...manifest, spec: change });
      await eventually(holds, { timeoutSeconds: 30 });
      assert.notEqual((await read(`${path}/${name}`)).metadata.generation, before);
    });
  }

  it("says of routes that each of their parents accepts them", async () => {
    const path = inNamespace("gateway.networking.k8s.io/v1", "httproutes");
    const rules = [{ backendRefs: [{ name: "web", port: 80 }] }];
    const manifest = { apiVersion: "gateway.networking.k8s.io/v1", kind: "HTTPRoute" };
    const status = z.object({
      parents: z.array(z.object({ parentRef: z.object({ name: z.string() }), conditions: z.array(condition) })),
    });
    for (const names of [["gateway"], ["gateway", "another"]]) {
      await apply(path, "route", { ...manifest, spec: { parentRefs: names.map((name) => ({ name })), rules } });
      await eventually(
        async () => {
          const parsed = status.safeParse((await read(`${path}/route`)).status);
          const accepted = parsed.data?.parents
            .filter(({ conditions }) => conditions.some(({ type, status: is }) => type === "Accepted" && is === "True"))
            .map(({ parentRef }) => parentRef.name);
          return accepted?.join() === names.join();
        },
        { timeoutSeconds: 30 },
      );
    }
  });

  const loadBalancer = z.object({
    loadBalancer: z.object({ ingress: z.array(z.object({ ip: z.string(), hostname: z.string() })) }),
  });

  it("gives load balancers and ingresses the address of this machine, and other services none", async () => {
    const services = `/api/v1/namespaces/${NAMESPACE}/services`;
    const service = { apiVersion: "v1", kind: "Service", spec: { ports: [{ port: 80 }], selector: { app: "web" } } };
    const balanced = { ...service, spec: { ...service.spec, type: "LoadBalancer" } };
    await apply(services, "inside", service);
    await apply(services, "balanced", balanced);
    const backend = { service: { name: "balanced", port: { number: 80 } } };
    const ingresses = inNamespace("networking.k8s.io/v1", "ingresses");
    const ingress = { apiVersion: "networking.k8s.io/v1", kind: "Ingress", spec: { defaultBackend: backend } };
    await apply(ingresses, "web", ingress);
    for (const path of [`${services}/balanced`, `${ingresses}/web`]) {
      await eventually(async () => loadBalancer.safeParse((await read(path)).status).success, { timeoutSeconds: 30 });
      assert.deepEqual(loadBalancer.parse((await read(path)).status).loadBalancer.ingress, [
        { hostname: "localhost", ip: "127.0.0.1" },
      ]);
    }
    assert.equal(loadBalancer.safeParse((await read(`${services}/inside`)).status).success, false);
  });

  it("runs pods on nodes of all zones, with an address, and binds the volumes that they claim", async () => {
    const storage = "/apis/storage.k8s.io/v1/storageclasses";
    await apply(storage, "simulated", {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      provisioner: "example.invalid/provisioner",
      volumeBindingMode: "WaitForFirstConsumer",
    });
    const labels = { app: "store" };
    const antiAffinity = { labelSelector: { matchLabels: labels }, topologyKey: "topology.kubernetes.io/zone" };
    const statefulSets = inNamespace("apps/v1", "statefulsets");
    await apply(statefulSets, "store", {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      spec: {
        replicas: 3,
        serviceName: "store",
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [antiAffinity] } },
            containers: [
              { name: "store", image: "example.invalid/store:1", volumeMounts: [{ name: "data", mountPath: "/data" }] },
            ],
          },
        },
        volumeClaimTemplates: [
          {
            metadata: { name: "data" },
            spec: {
              accessModes: ["ReadWriteOnce"],
              storageClassName: "simulated",
              resources: { requests: { storage: "10Gi" } },
            },
          },
        ],
      },
    });
    const ready = z.object({ readyReplicas: z.literal(3) });
    await eventually(async () => ready.safeParse((await read(`${statefulSets}/store`)).status).success, {
      timeoutSeconds: 60,
    });
    const pods = z.object({
      items: z.array(
        z.object({ spec: z.object({ nodeName: z.string() }), status: z.object({ podIP: z.string().min(1) }) }),
      ),
    });
    const { items } = await api.get(`/api/v1/namespaces/${NAMESPACE}/pods?labelSelector=app%3Dstore`, pods);
    assert.deepEqual(
      items.map(({ spec }) => spec.nodeName).sort(),
      environment.nodes.map(({ name }) => name),
    );

    // A deleted claim takes its volume with it, as the class asks for by default.
    const volumes = z.object({ items: z.array(z.object({ spec: z.object({ storageClassName: z.string() }) })) });
    const ours = async () =>
      (await api.get("/api/v1/persistentvolumes", volumes)).items.filter(
        ({ spec }) => spec.storageClassName === "simulated",
      ).length;
    assert.equal(await ours(), 3);
    await api.remove(`${statefulSets}/store`);
    for (const index of [0, 1, 2]) {
      await api.remove(`/api/v1/namespaces/${NAMESPACE}/persistentvolumeclaims/data-store-${index}`);
    }
    await eventually(async () => (await ours()) === 0, { timeoutSeconds: 60 });
    await api.remove(`${storage}/simulated`);
  });

  it("takes the NGINX policies that the stack makes, and no other", async () => {
    const policies = inNamespace("k8s.nginx.org/v1", "policies");
    const policy = (spec: object) => ({ apiVersion: "k8s.nginx.org/v1", kind: "Policy", spec });
    await apply(
      policies,
      "access",
      policy({ ingressClassName: "nginx", accessControl: { allow: ["203.0.113.0/24"] } }),
    );
    await apply(
      policies,
      "rate",
      policy({ rateLimit: { rate: "300r/s", key: "${binary_remote_addr}", zoneSize: "10m" } }),
    );
    await assert.rejects(
      apply(policies, "wrong", policy({ accessControl: { allow: "203.0.113.0/24" } })),
      /spec\.accessControl\.allow/,
    );
    await assert.rejects(apply(policies, "two", policy({ accessControl: {}, rateLimit: {} })), /exactly one of/);
    for (const name of ["access", "rate"]) await api.remove(`${policies}/${name}`);
  });
});
