import type { types } from "@pulumi/kubernetes";

import type { Labels } from "../core/labels";

type PolicyPeer = types.input.networking.v1.NetworkPolicyPeer;
type PolicyPort = types.input.networking.v1.NetworkPolicyPort;

/** Pods of one namespace. */
export interface PodEndpoint {
  readonly kind: "pods";
  /** What it is called in policies, tables and pictures; unique within its namespace. */
  readonly name: string;
  readonly namespace: string;
  /** What its pods are selected by; none: every pod of the namespace. */
  readonly labels: Labels;
}

/** Addresses that no pod selector reaches: the Internet, the API server, a database outside of the cluster. */
export interface NetworkEndpoint {
  readonly kind: "networks";
  readonly name: string;
  /** In CIDR notation. */
  readonly cidrs: readonly string[];
  /** @default none */
  readonly except?: readonly string[];
}

/** One end of an edge. */
export type Endpoint = PodEndpoint | NetworkEndpoint;

export interface Port {
  readonly port: number;
  readonly protocol: "TCP" | "UDP";
}

/** One permitted way over the network. Everything that is not one of these is denied, in both directions. */
export interface Edge {
  /** Who opens the connection. */
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly ports: readonly Port[];
  readonly why: string;
}

export const tcp = (port: number): Port => ({ port, protocol: "TCP" });
const udp = (port: number): Port => ({ port, protocol: "UDP" });

/** The endpoint that stands for all pods of a namespace. */
export function everyPod(namespace: string): PodEndpoint {
  return { kind: "pods", name: "every pod", namespace, labels: {} };
}

/** Prometheus as the Prometheus Operator runs it. */
export function prometheus(namespace: string): PodEndpoint {
  return { kind: "pods", name: "Prometheus", namespace, labels: { "app.kubernetes.io/name": "prometheus" } };
}

/**
 * The Internet: every address but private ranges (RFC 1918), carrier-grade NAT (RFC 6598), loopback, and the link-local
 * range with the cloud's metadata service.
 */
export const internet: NetworkEndpoint = {
  kind: "networks",
  name: "the Internet",
  cidrs: ["0.0.0.0/0"],
  except: ["10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"],
};

/** Name resolution for all pods of a namespace, from the cluster's own name servers. */
export function dnsEdge(namespace: string): Edge {
  return {
    from: everyPod(namespace),
    to: { kind: "pods", name: "cluster DNS", namespace: "kube-system", labels: { "k8s-app": "kube-dns" } },
    ports: [udp(53), tcp(53)],
    why: "name resolution (spec 004, Appendix B)",
  };
}

/** An edge's other end as a policy in `namespace` states it. */
export function policyPeers(endpoint: Endpoint, namespace: string): PolicyPeer[] {
  switch (endpoint.kind) {
    case "pods":
      return [
        {
          podSelector: { matchLabels: { ...endpoint.labels } },
          ...(endpoint.namespace === namespace
            ? {}
            : { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": endpoint.namespace } } }),
        },
      ];
    case "networks":
      return endpoint.cidrs.map((cidr) => ({
        ipBlock: { cidr, ...(endpoint.except === undefined ? {} : { except: [...endpoint.except] }) },
      }));
  }
}

export function policyPorts(ports: readonly Port[]): PolicyPort[] {
  return ports.map(({ port, protocol }) => ({ port, protocol }));
}

/** The table as a person reads it, for docs/network-edges.md. */
export function describeEdges(edges: readonly Edge[]): string {
  const rows = edges.map(({ from, to, ports, why }) => {
    const list = ports.map(({ port, protocol }) => `${port}/${protocol}`).join(", ");
    return `| ${from.name} | ${to.name} | ${list} | ${describeEndpoint(from)} | ${describeEndpoint(to)} | ${why} |`;
  });
  return ["| from | to | ports | where from | where to | why |", "| --- | --- | --- | --- | --- | --- |", ...rows].join(
    "\n",
  );
}

function describeEndpoint(endpoint: Endpoint): string {
  if (endpoint.kind === "networks") {
    const except = endpoint.except === undefined ? "" : ` except ${endpoint.except.join(", ")}`;
    return `${endpoint.cidrs.join(", ")}${except}`;
  }
  const labels = Object.entries(endpoint.labels).map(([key, value]) => `${key}=${value}`);
  const pods = labels.length === 0 ? "every pod" : `pods ${labels.join(", ")}`;
  return `${pods} in namespace ${endpoint.namespace}`;
}
