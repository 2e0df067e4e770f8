import type { CacheDescription } from "../components/cache/cache";
import type { Addon } from "../components/cluster/addons/addon";
import type { DatabaseDescription } from "../components/data/database";
import type { OutsideServices } from "../components/security/app-namespace";
import { apiServerEdge, dnsEdges, probeEdges } from "../components/security/cluster-edges";
import { type Edge, tcp } from "../components/security/network-edges";
import type { QuotaDemand } from "../components/security/quota";
import { serviceEdges, servicePods } from "../components/security/service-edges";
import type { TrafficDescription } from "../components/traffic/traffic-router";
import { mostReplicas } from "../components/workload/rules";
import { colours } from "../components/workload/settings";
import type { Version } from "../components/workload/web-service";
import { describeCache } from "./cache";
import type { StackConfig } from "./config";
import { RELEASED_SERVICE } from "./config/service";
import { describeDatabase } from "./database";
import { describePlatform } from "./platform";
import { describeTraffic } from "./traffic";

/** What follows from the configuration alone, before anything is made. */
export interface Derived {
  readonly database: DatabaseDescription;
  readonly cache: CacheDescription;
  /** The operators and controllers that the stack installs. */
  readonly addons: readonly Addon[];
  /** The namespaces that the stack makes, each closed but for the edges. */
  readonly namespaces: readonly string[];
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
  const addons = describePlatform(config);
  const namespaces = [...new Set([config.namespace, ...addons.map(({ namespace }) => namespace)])];
  return {
    database,
    cache,
    addons,
    namespaces,
    edges: [
      ...namespaces.flatMap((namespace) => dnsEdges(namespace, config.network)),
      ...edgesOfServices(config, traffic, database, cache),
      ...clusterEdgesOfServices(config),
      ...traffic.edges,
      ...database.edges,
      ...cache.edges,
      ...addons.flatMap(({ edges }) => edges),
    ],
    demands: [...demandsOfServices(config), ...traffic.demands, ...database.demands, ...cache.demands],
    outside: traffic.outside,
    otherServices: otherServices(config),
  };
}

function demandsOfServices({ services, release }: StackConfig): readonly QuotaDemand[] {
  return Object.entries(services).map(([name, service]) => {
    const released = name === RELEASED_SERVICE;
    // A colour may have a number of pods of its own.
    const fixed = released ? colours.map((colour) => release[colour]?.replicas ?? 0) : [];
    const most = Math.max(mostReplicas(service), ...fixed);
    return {
      instances: released ? colours.length : 1,
      mostReplicas: most,
      leaving: most,
      requests: service.resources.requests,
      limits: service.resources.limits,
    };
  });
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

/** What services have to do with the cluster itself. */
function clusterEdgesOfServices({ services, namespace, network }: StackConfig): readonly Edge[] {
  return Object.entries(services).flatMap(([name, { port, apiAccess }]) => {
    const pods = servicePods(name, namespace);
    return [...probeEdges(pods, [tcp(port)], network), ...(apiAccess.length > 0 ? [apiServerEdge(pods, network)] : [])];
  });
}

function otherServices({ services }: StackConfig): Readonly<Record<string, Version>> {
  return Object.fromEntries(
    Object.entries(services).flatMap(([name, service]) =>
      "image" in service ? [[name, { image: service.image, version: service.version }]] : [],
    ),
  );
}
