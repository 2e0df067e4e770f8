import type { Peer } from "../components/security/network-edges";
import { networkEdges, type Edge } from "../components/security/network-edges";
import type { QuotaDemand } from "../components/security/quota";
import type { Version } from "../components/workload/web-service";
import { mostReplicas } from "../components/workload/rules";
import { colours } from "../components/workload/settings";
import type { StackConfig } from "./config";
import { RELEASED_SERVICE } from "./config/service";

/** What the namespace must have room for: both colours of the released service, whichever exist at the moment. */
export function quotaDemands({ services }: StackConfig): readonly QuotaDemand[] {
  return Object.entries(services).map(([name, service]) => ({
    instances: name === RELEASED_SERVICE ? colours.length : 1,
    mostReplicas: mostReplicas(service),
    requests: service.resources.requests,
    limits: service.resources.limits,
  }));
}

/** Every way over the network that the configuration asks for. */
export function stackEdges({ services, traffic, monitoring, database, cache }: StackConfig): readonly Edge[] {
  return networkEdges({
    services: Object.entries(services).map(([name, { port, metricsPort, egress }]) => ({
      name,
      port,
      metricsPort,
      egress,
      exposed: name === RELEASED_SERVICE,
    })),
    controller: { namespace: traffic.controllerNamespace, podLabels: traffic.controllerLabels },
    monitoringNamespace: monitoring.namespace,
    database: { port: database.port, peer: toPeer(database.peer) },
    cache: { port: cache.port, peer: toPeer(cache.peer) },
  });
}

/** The services that are rolled in place. */
export function otherServices({ services }: StackConfig): Readonly<Record<string, Version>> {
  return Object.fromEntries(
    Object.entries(services).flatMap(([name, service]) =>
      "image" in service ? [[name, { image: service.image, version: service.version }]] : [],
    ),
  );
}

function toPeer(peer: StackConfig["database"]["peer"]): Peer {
  return peer.cidrs === undefined
    ? { kind: "pods", labels: peer.podLabels ?? {}, namespace: peer.namespace }
    : { kind: "networks", cidrs: peer.cidrs };
}
