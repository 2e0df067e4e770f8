import assert from "node:assert/strict";

import { describeEdges, networkEdges, policyPeers, type NetworkArgs } from "../../../components/security/network-edges";

const args: NetworkArgs = {
  services: [
    { name: "web", port: 3000, metricsPort: 9090, exposed: true, egress: ["database", "cache", "https"] },
    { name: "frontend", port: 8080, metricsPort: 9090, exposed: false, egress: ["web"] },
  ],
  controller: { namespace: "nginx-ingress", podLabels: { "app.kubernetes.io/name": "nginx-ingress" } },
  monitoringNamespace: "monitoring",
  database: { port: 5432, peer: { kind: "pods", labels: { "app.kubernetes.io/name": "postgresql" } } },
  cache: { port: 6379, peer: { kind: "networks", cidrs: ["10.1.0.0/24"] } },
};

const summary = networkEdges(args).map(
  ({ service, direction, peerName, ports }) =>
    `${service} ${direction} ${peerName} ${ports.map(({ port, protocol }) => `${port}/${protocol}`).join("+")}`,
);

describe("networkEdges", () => {
  it("are Appendix B of spec 004, and calls between services from both ends", () => {
    assert.deepEqual(summary, [
      "* egress cluster DNS 53/UDP+53/TCP",
      "web ingress NGINX ingress controller 3000/TCP",
      "web ingress Prometheus 9090/TCP",
      "web ingress frontend 3000/TCP",
      "web egress database 5432/TCP",
      "web egress cache 6379/TCP",
      "web egress the Internet 443/TCP",
      "frontend ingress Prometheus 9090/TCP",
      "frontend egress web 3000/TCP",
    ]);
  });

  it("never let a service reach private addresses or the metadata service as if they were the Internet", () => {
    const internet = networkEdges(args).find(({ peerName }) => peerName === "the Internet");
    assert.ok(internet);
    assert.deepEqual(policyPeers(internet.peer), [
      {
        ipBlock: {
          cidr: "0.0.0.0/0",
          except: ["10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"],
        },
      },
    ]);
  });

  it("name pods of another namespace by both selectors in one peer, which means and, not or", () => {
    assert.deepEqual(policyPeers({ kind: "pods", namespace: "kube-system", labels: { "k8s-app": "kube-dns" } }), [
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
    assert.throws(() => networkEdges(broken), { message: "web calls nowhere, which is no service of ours" });
  });

  it("read as a table", () => {
    assert.deepEqual(describeEdges(networkEdges(args).slice(0, 2)).split("\n"), [
      "| from | to | ports | the other end | why |",
      "| --- | --- | --- | --- | --- |",
      "| every pod | cluster DNS | 53/UDP, 53/TCP | pods k8s-app=kube-dns in namespace kube-system | name resolution (spec 004, Appendix B) |",
      "| NGINX ingress controller | web | 3000/TCP | pods app.kubernetes.io/name=nginx-ingress in namespace nginx-ingress | requests from outside (spec 004, Appendix B) |",
    ]);
  });
});
