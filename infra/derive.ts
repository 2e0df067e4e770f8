import type { CacheDescription } from "../components/cache/cache";
import type { DatabaseDescription } from "../components/data/database";
import type { OutsideServices } from "../components/security/app-namespace";
import { dnsEdge, type Edge } from "../components/security/network-edges";
import type { QuotaDemand } from "../components/security/quota";
import { serviceEdges } from "../components/security/service-edges";
import type { TrafficDescription } from "../components/traffic/traffic-router";
import { mostReplicas } from "../components/workload/rules";
import { colours } from "../components/workload/settings";
import type { Version } from "../components/workload/web-service";
import { describeCache } from "./cache";
import type { StackConfig } from "./config";
import { RELEASED_SERVICE } from "./config/service";
import { describeDatabase } from "./database";
import { describeTraffic } from "./traffic";

/** What follows from the configuration alone, before anything is made. */
export interface Derived {
  readonly database: DatabaseDescription;
  readonly cache: CacheDescription;
  /** Every way over the network that is open; all others are closed. */
  readonly edges: readonly Edge[];
  /** What the namespace must have room for: both colours of the released service, whichever exist at the moment. */
  readonly demands: readonly QuotaDemand[];
  /** Services of the namespace that face the outside. */
  readonly outside: OutsideServices;
  /** The services that are rolled in place. */
  readonly otherServices: Readonly<Record<string, Version>>;
}

export function derive(config: StackConfig): Derived {
  const database = describeDatabase(config);
  const cache = describeCache(config);
  const traffic = describeTraffic(config);
  return {
    database,
    cache,
    edges: [
      dnsEdge(config.namespace),
      ...edgesOfServices(config, traffic, database, cache),
      ...traffic.edges,
      ...database.edges,
      ...cache.edges,
    ],
    demands: [...demandsOfServices(config), ...traffic.demands, ...database.demands, ...cache.demands],
    outside: traffic.outside,
    otherServices: otherServices(config),
  };
}

function demandsOfServices({ services }: StackConfig): readonly QuotaDemand[] {
  return Object.entries(services).map(([name, service]) => ({
    instances: name === RELEASED_SERVICE ? colours.length : 1,
    mostReplicas: mostReplicas(service),
    requests: service.resources.requests,
    limits: service.resources.limits,
  }));
}

function edgesOfServices(
  { services, namespace, monitoring }: StackConfig,
  traffic: TrafficDescription,
  database: DatabaseDescription,
  cache: CacheDescription,
): readonly Edge[] {
  return serviceEdges({
    namespace,
    services: Object.entries(services).map(([name, { port, metricsPort, egress }]) => ({
      name,
      port,
      metricsPort,
      egress,
      exposed: name === RELEASED_SERVICE,
    })),
    controllers: traffic.controllers,
    monitoringNamespace: monitoring.namespace,
    database: database.servers,
    cache: cache.servers,
  });
}

function otherServices({ services }: StackConfig): Readonly<Record<string, Version>> {
  return Object.fromEntries(
    Object.entries(services).flatMap(([name, service]) =>
      "image" in service ? [[name, { image: service.image, version: service.version }]] : [],
    ),
  );
}
