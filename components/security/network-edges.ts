import type { types } from "@pulumi/kubernetes";

import { type Labels, selectorLabels } from "../core/labels";

type PolicyPeer = types.input.networking.v1.NetworkPolicyPeer;
type PolicyPort = types.input.networking.v1.NetworkPolicyPort;

/** Who is at the other end of an edge. */
export type Peer =
  | { readonly kind: "pods"; readonly labels: Labels; readonly namespace?: string | undefined }
  | { readonly kind: "networks"; readonly cidrs: readonly string[]; readonly except?: readonly string[] };

export interface Port {
  readonly port: number;
  readonly protocol: "TCP" | "UDP";
}

/** One permitted way over the network. Everything that is not one of these is denied, in both directions. */
export interface Edge {
  /** The service whose pods it is about; `*` is every pod of the namespace. */
  readonly service: string;
  readonly direction: "ingress" | "egress";
  /** Who is at the other end, in words. */
  readonly peerName: string;
  readonly peer: Peer;
  readonly ports: readonly Port[];
  readonly why: string;
}

/** What a service may be allowed to call, besides other services. */
const destinations = ["database", "cache", "https"] as const;
export type Destination = (typeof destinations)[number];

interface ServiceNetwork {
  readonly name: string;
  readonly port: number;
  readonly metricsPort: number;
  /** Whether the ingress controller may call it. */
  readonly exposed: boolean;
  /** `database`, `cache`, `https`, or the name of another service. */
  readonly egress: readonly string[];
}

export interface NetworkArgs {
  readonly services: readonly ServiceNetwork[];
  readonly controller: { readonly namespace: string; readonly podLabels: Labels };
  readonly monitoringNamespace: string;
  readonly database: { readonly port: number; readonly peer: Peer };
  readonly cache: { readonly port: number; readonly peer: Peer };
}

/**
 * Addresses that are never "the Internet": private ranges (RFC 1918), carrier-grade NAT (RFC 6598), loopback, and the
 * link-local range with the cloud's metadata service.
 */
const INTERNAL_RANGES = [
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.168.0.0/16",
] as const;

const tcp = (port: number): Port => ({ port, protocol: "TCP" });
const udp = (port: number): Port => ({ port, protocol: "UDP" });

/** Prometheus as the Prometheus Operator runs it. */
const PROMETHEUS: Labels = { "app.kubernetes.io/name": "prometheus" };

/**
 * Spec 004, Appendix B, as one table: the policies, docs/network-edges.md and the tests are all made of it.
 *
 * The trap is DNS: a node-local DNS cache answers from a link-local address that no pod selector matches; a cluster with one
 * needs an edge to it.
 */
export function networkEdges(args: NetworkArgs): readonly Edge[] {
  return [dns, ...args.services.flatMap((service) => [...ingressEdges(service, args), ...egressEdges(service, args)])];
}

const dns: Edge = {
  service: "*",
  direction: "egress",
  peerName: "cluster DNS",
  peer: { kind: "pods", namespace: "kube-system", labels: { "k8s-app": "kube-dns" } },
  ports: [udp(53), tcp(53)],
  why: "name resolution (spec 004, Appendix B)",
};

function ingressEdges(service: ServiceNetwork, args: NetworkArgs): readonly Edge[] {
  const edge = { service: service.name, direction: "ingress" } as const;
  const exposed: Edge = {
    ...edge,
    peerName: "NGINX ingress controller",
    peer: { kind: "pods", namespace: args.controller.namespace, labels: args.controller.podLabels },
    ports: [tcp(service.port)],
    why: "requests from outside (spec 004, Appendix B)",
  };
  const scraped: Edge = {
    ...edge,
    peerName: "Prometheus",
    peer: { kind: "pods", namespace: args.monitoringNamespace, labels: PROMETHEUS },
    ports: [tcp(service.metricsPort)],
    why: "metrics (spec 004, Appendix B)",
  };
  const called = args.services
    .filter((caller) => caller.egress.includes(service.name))
    .map((caller): Edge => ({
      ...edge,
      peerName: caller.name,
      peer: { kind: "pods", labels: selectorLabels(caller.name) },
      ports: [tcp(service.port)],
      why: `calls of ${caller.name}`,
    }));
  return [...(service.exposed ? [exposed] : []), scraped, ...called];
}

function egressEdges(service: ServiceNetwork, args: NetworkArgs): readonly Edge[] {
  const known: Readonly<Record<Destination, Omit<Edge, "service" | "direction">>> = {
    database: {
      peerName: "database",
      peer: args.database.peer,
      ports: [tcp(args.database.port)],
      why: "PostgreSQL (spec 004, Appendix B)",
    },
    cache: {
      peerName: "cache",
      peer: args.cache.peer,
      ports: [tcp(args.cache.port)],
      why: "Redis protocol (spec 004, Appendix B)",
    },
    https: {
      peerName: "the Internet",
      peer: { kind: "networks", cidrs: ["0.0.0.0/0"], except: INTERNAL_RANGES },
      ports: [tcp(443)],
      why: "external APIs (spec 004, Appendix B)",
    },
  };
  return service.egress.flatMap((destination): readonly Edge[] => {
    const edge = { service: service.name, direction: "egress" } as const;
    if (isDestination(destination)) return [{ ...edge, ...known[destination] }];
    const callee = args.services.find(({ name }) => name === destination);
    if (callee === undefined) throw new Error(`${service.name} calls ${destination}, which is no service of ours`);
    return [
      {
        ...edge,
        peerName: callee.name,
        peer: { kind: "pods", labels: selectorLabels(callee.name) },
        ports: [tcp(callee.port)],
        why: `calls to ${callee.name}`,
      },
    ];
  });
}

export function isDestination(text: string): text is Destination {
  return (destinations as readonly string[]).includes(text);
}

/** An edge's other end as a NetworkPolicy states it. */
export function policyPeers(peer: Peer): PolicyPeer[] {
  switch (peer.kind) {
    case "pods":
      return [
        {
          podSelector: { matchLabels: { ...peer.labels } },
          ...(peer.namespace === undefined
            ? {}
            : { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": peer.namespace } } }),
        },
      ];
    case "networks":
      return peer.cidrs.map((cidr) => ({
        ipBlock: { cidr, ...(peer.except === undefined ? {} : { except: [...peer.except] }) },
      }));
  }
}

export function policyPorts(ports: readonly Port[]): PolicyPort[] {
  return ports.map(({ port, protocol }) => ({ port, protocol }));
}

/** The table as a person reads it, for docs/network-edges.md. */
export function describeEdges(edges: readonly Edge[]): string {
  const rows = edges.map((edge) => {
    const ports = edge.ports.map(({ port, protocol }) => `${port}/${protocol}`).join(", ");
    const service = edge.service === "*" ? "every pod" : edge.service;
    const [from, to] = edge.direction === "ingress" ? [edge.peerName, service] : [service, edge.peerName];
    return `| ${from} | ${to} | ${ports} | ${describePeer(edge.peer)} | ${edge.why} |`;
  });
  return ["| from | to | ports | the other end | why |", "| --- | --- | --- | --- | --- |", ...rows].join("\n");
}

function describePeer(peer: Peer): string {
  if (peer.kind === "networks") {
    const except = peer.except === undefined ? "" : ` except ${peer.except.join(", ")}`;
    return `${peer.cidrs.join(", ")}${except}`;
  }
  const labels = Object.entries(peer.labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(", ");
  return `pods ${labels}${peer.namespace === undefined ? "" : ` in namespace ${peer.namespace}`}`;
}
