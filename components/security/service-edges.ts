import { selectorLabels } from "../core/labels";
import { type Edge, type Endpoint, internet, type PodEndpoint, type Port, prometheus, tcp } from "./network-edges";

/** What a service may be allowed to call, besides other services. */
const destinations = ["database", "cache", "https"] as const;
export type Destination = (typeof destinations)[number];

export function isDestination(text: string): text is Destination {
  return (destinations as readonly string[]).includes(text);
}

interface ServiceNetwork {
  readonly name: string;
  readonly port: number;
  readonly metricsPort: number;
  /** Whether it answers requests from outside. */
  readonly exposed: boolean;
  /** `database`, `cache`, `https`, or the name of another service. */
  readonly egress: readonly string[];
}

/** A server that services call: who it is, and where it listens. */
export interface Server {
  readonly endpoint: Endpoint;
  readonly ports: readonly Port[];
}

export interface ServiceEdgesArgs {
  readonly namespace: string;
  readonly services: readonly ServiceNetwork[];
  /** What lets requests in from outside. */
  readonly controllers: readonly PodEndpoint[];
  readonly monitoringNamespace: string;
  /** What services reach as their database: the pooler, or a server outside of the cluster. */
  readonly database: readonly Server[];
  readonly cache: readonly Server[];
}

/** Spec 004, Appendix B, for the services: who calls them, and whom they call. */
export function serviceEdges(args: ServiceEdgesArgs): readonly Edge[] {
  return args.services.flatMap((service) => [...incoming(service, args), ...outgoing(service, args)]);
}

/** A service's pods, of both colours. */
export function servicePods(service: string, namespace: string): PodEndpoint {
  return { kind: "pods", name: service, namespace, labels: selectorLabels(service) };
}

function incoming(service: ServiceNetwork, args: ServiceEdgesArgs): readonly Edge[] {
  const to = servicePods(service.name, args.namespace);
  const exposed = args.controllers.map((from): Edge => ({
    from,
    to,
    ports: [tcp(service.port)],
    why: "requests from outside (spec 004, Appendix B)",
  }));
  const scraped: Edge = {
    from: prometheus(args.monitoringNamespace),
    to,
    ports: [tcp(service.metricsPort)],
    why: "metrics (spec 004, Appendix B)",
  };
  return [...(service.exposed ? exposed : []), scraped];
}

function outgoing(service: ServiceNetwork, args: ServiceEdgesArgs): readonly Edge[] {
  const from = servicePods(service.name, args.namespace);
  const known: Readonly<Record<Destination, readonly Omit<Edge, "from">[]>> = {
    database: args.database.map(({ endpoint, ports }) => ({
      to: endpoint,
      ports,
      why: "PostgreSQL (spec 004, Appendix B)",
    })),
    cache: args.cache.map(({ endpoint, ports }) => ({
      to: endpoint,
      ports,
      why: "Redis protocol (spec 004, Appendix B)",
    })),
    https: [{ to: internet, ports: [tcp(443)], why: "external APIs (spec 004, Appendix B)" }],
  };
  return service.egress.flatMap((destination): readonly Edge[] => {
    if (isDestination(destination)) return known[destination].map((edge) => ({ from, ...edge }));
    const callee = args.services.find(({ name }) => name === destination);
    if (callee === undefined) throw new Error(`${service.name} calls ${destination}, which is no service of ours`);
    const to = servicePods(callee.name, args.namespace);
    return [{ from, to, ports: [tcp(callee.port)], why: `calls of ${service.name}` }];
  });
}
