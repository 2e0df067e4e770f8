import assert from "node:assert/strict";

import {
  dnsEdge,
  describeEdges,
  type Edge,
  internet,
  policyPeers,
  tcp,
} from "../../../components/security/network-edges";
import {
  apiServer,
  apiServerEdge,
  dnsEdges,
  probeEdges,
  webhookEdge,
} from "../../../components/security/cluster-edges";
import { serviceEdges, type ServiceEdgesArgs } from "../../../components/security/service-edges";

const args: ServiceEdgesArgs = {
  namespace: "app",
  services: [
    { name: "web", port: 3000, metricsPort: 9090, exposed: true, egress: ["database", "cache", "https"] },
    { name: "frontend", port: 8080, metricsPort: 9090, exposed: false, egress: ["web"] },
  ],
  controller: {
    kind: "pods",
    name: "NGINX ingress controller",
    namespace: "nginx-ingress",
    labels: { "app.kubernetes.io/name": "nginx-ingress" },
  },
  monitoringNamespace: "monitoring",
  database: [
    {
      endpoint: {
        kind: "pods",
        name: "database",
        namespace: "app",
        labels: { "app.kubernetes.io/name": "postgresql" },
      },
      ports: [tcp(5432)],
    },
  ],
  cache: [{ endpoint: { kind: "networks", name: "cache", cidrs: ["10.1.0.0/24"] }, ports: [tcp(6379)] }],
};

const cluster = { apiServer: { cidrs: ["10.0.0.0/16"], port: 6443 }, nodes: [], nodeLocalDns: [] };

const read = (edges: readonly Edge[]) =>
  edges.map(
    ({ from, to, ports }) =>
      `${from.name} -> ${to.name} ${ports.map(({ port, protocol }) => `${port}/${protocol}`).join("+")}`,
  );

describe("the edges of services", () => {
  it("are Appendix B of spec 004, and the calls between services", () => {
    assert.deepEqual(read([...dnsEdges("app", cluster), ...serviceEdges(args)]), [
      "every pod -> cluster DNS 53/UDP+53/TCP",
      "NGINX ingress controller -> web 3000/TCP",
      "Prometheus -> web 9090/TCP",
      "web -> database 5432/TCP",
      "web -> cache 6379/TCP",
      "web -> the Internet 443/TCP",
      "Prometheus -> frontend 9090/TCP",
      "frontend -> web 3000/TCP",
    ]);
  });

  it("never let a service reach private addresses or the metadata service as if they were the Internet", () => {
    assert.deepEqual(policyPeers(internet, "app"), [
      {
        ipBlock: {
          cidr: "0.0.0.0/0",
          except: ["10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"],
        },
      },
    ]);
  });

  it("name pods of another namespace by both selectors in one peer, which means and, not or", () => {
    assert.deepEqual(policyPeers(dnsEdge("app").to, "app"), [
      {
        podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
      },
    ]);
  });

  it("refuse a call to a service that does not exist", () => {
    const broken = {
      ...args,
      services: [{ name: "web", port: 1, metricsPort: 2, exposed: false, egress: ["nowhere"] }],
    };
    assert.throws(() => serviceEdges(broken), { message: "web calls nowhere, which is no service of ours" });
  });

  it("read as a table", () => {
    assert.deepEqual(describeEdges([...dnsEdges("app", cluster), ...serviceEdges(args).slice(3, 4)]).split("\n"), [
      "| from | to | ports | where from | where to | why |",
      "| --- | --- | --- | --- | --- | --- |",
      "| every pod | cluster DNS | 53/UDP, 53/TCP | every pod in namespace app | pods k8s-app=kube-dns in namespace kube-system | name resolution (spec 004, Appendix B) |",
      "| web | cache | 6379/TCP | pods app.kubernetes.io/name=web in namespace app | 10.1.0.0/24 | Redis protocol (spec 004, Appendix B) |",
    ]);
  });
});

describe("the edges to the cluster's own parts", () => {
  const operator = { kind: "pods", name: "operator", namespace: "operators", labels: { app: "operator" } } as const;

  it("lead to the API server by its networks and port, and from it to webhooks", () => {
    assert.deepEqual(read([apiServerEdge(operator, cluster), webhookEdge(operator, 9443, cluster)]), [
      "operator -> Kubernetes API 6443/TCP",
      "Kubernetes API -> operator 9443/TCP",
    ]);
    assert.deepEqual(apiServer(cluster), {
      kind: "networks",
      name: "Kubernetes API",
      cidrs: ["10.0.0.0/16"],
    });
  });

  it("include a DNS cache on the node where there is one", () => {
    assert.deepEqual(read(dnsEdges("app", { nodeLocalDns: ["169.254.20.10/32"] })), [
      "every pod -> cluster DNS 53/UDP+53/TCP",
      "every pod -> node-local DNS 53/UDP+53/TCP",
    ]);
  });

  it("include the kubelets' probes only where nodes are named", () => {
    assert.deepEqual(probeEdges(operator, [tcp(8081)], cluster), []);
    assert.deepEqual(read(probeEdges(operator, [tcp(8081)], { ...cluster, nodes: ["10.2.0.0/16"] })), [
      "nodes -> operator 8081/TCP",
    ]);
  });
});
