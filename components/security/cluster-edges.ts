import { dnsEdge, type Edge, type NetworkEndpoint, type PodEndpoint, type Port, tcp } from "./network-edges";

/** Where those parts of a cluster are that no pod selector reaches. */
export interface ClusterNetwork {
  readonly apiServer: {
    /** In CIDR notation. */
    readonly cidrs: readonly string[];
    readonly port: number;
  };
  /** Networks of the nodes, in CIDR notation. Empty: their kubelets need no edge. */
  readonly nodes: readonly string[];
  /** Where a DNS cache on each node answers, in CIDR notation. Empty: there is none. */
  readonly nodeLocalDns: readonly string[];
}

/**
 * Name resolution for all pods of a namespace.
 *
 * The trap: a DNS cache on the node answers from a link-local address that no pod selector matches, so it has an edge of its own.
 */
export function dnsEdges(namespace: string, { nodeLocalDns }: Pick<ClusterNetwork, "nodeLocalDns">): readonly Edge[] {
  const edge = dnsEdge(namespace);
  if (nodeLocalDns.length === 0) return [edge];
  return [edge, { ...edge, to: { kind: "networks", name: "node-local DNS", cidrs: nodeLocalDns } }];
}

/** Where EKS gives pods their credentials: the Pod Identity agent of each node. Elsewhere nothing answers there. */
export const podIdentityAgent: NetworkEndpoint = {
  kind: "networks",
  name: "Pod Identity agent",
  cidrs: ["169.254.170.23/32"],
};

/** The API server as an end of an edge. */
export function apiServer({ apiServer: { cidrs } }: ClusterNetwork): NetworkEndpoint {
  return { kind: "networks", name: "Kubernetes API", cidrs };
}

/** For pods that call the Kubernetes API: operators, database instances, services with `apiAccess`. */
export function apiServerEdge(from: PodEndpoint, network: ClusterNetwork): Edge {
  return { from, to: apiServer(network), ports: [tcp(network.apiServer.port)], why: "calls of the Kubernetes API" };
}

/** For pods that the API server calls: an operator's webhooks. Its port is the pods', not that of the Service in front of them. */
export function webhookEdge(to: PodEndpoint, port: number, network: ClusterNetwork): Edge {
  return { from: apiServer(network), to, ports: [tcp(port)], why: "admission and conversion webhooks" };
}

/** For pods that kubelets probe; nothing where the network plugin lets a node reach its own pods anyhow, as nearly all do. */
export function probeEdges(to: PodEndpoint, ports: readonly Port[], { nodes }: ClusterNetwork): readonly Edge[] {
  if (nodes.length === 0) return [];
  return [{ from: { kind: "networks", name: "nodes", cidrs: nodes }, to, ports, why: "probes of the kubelets" }];
}
