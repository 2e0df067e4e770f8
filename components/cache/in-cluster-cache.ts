import { podIdentityAgent } from "../security/cluster-edges";
import { type Labels, selectorLabels } from "../core/labels";
import { bytes, formatBytes, formatCpu, millicores } from "../core/units";
import { type Edge, type Endpoint, internet, type PodEndpoint, prometheus, tcp } from "../security/network-edges";
import type { QuotaDemand } from "../security/quota";
import type { Resources } from "../workload/settings";
import { users } from "./access";
import type { CacheDescription } from "./cache";
import type { CacheSettings, SnapshotStore } from "./settings";
import { type CachePaths, failoverTimes, type Topology } from "./topology";

/** What the objects of the cache are called; the servers' name is also that of their governing Service. */
export const names = { servers: "valkey", proxy: "redis-proxy", snapshots: "cache-snapshot" } as const;

/** Spec 004, Appendix A: the service calls redis:6379. */
export const ADDRESS = { host: "redis", port: 6379 } as const;

export const ports = { valkey: 6379, sentinel: 26_379, exporter: 9121, proxyMetrics: 8405 } as const;

/** The Secret with the servers' certificate, and with the authority that clients trust. */
export const CERTIFICATE = "valkey-tls";

/** The proxies: one may be away. */
export const PROXIES = 2;

export const paths: CachePaths = {
  config: "/etc/valkey",
  secrets: "/etc/valkey-secrets",
  tls: "/etc/valkey-tls",
  data: "/data",
  run: "/run/valkey",
};

/** What runs beside a server, and what the proxy and a snapshot take. Our numbers: spec 004 has none for them. */
export const sideResources = {
  sentinel: { requests: { cpu: "25m", memory: "32Mi" }, limits: { cpu: "100m", memory: "64Mi" } },
  exporter: { requests: { cpu: "10m", memory: "32Mi" }, limits: { cpu: "100m", memory: "64Mi" } },
  proxy: { requests: { cpu: "50m", memory: "64Mi" }, limits: { cpu: "500m", memory: "128Mi" } },
  snapshot: { requests: { cpu: "50m", memory: "64Mi" }, limits: { cpu: "500m", memory: "256Mi" } },
} as const satisfies Readonly<Record<string, { readonly requests: Resources; readonly limits: Resources }>>;

export interface InClusterCacheArgs {
  readonly namespace: string;
  readonly monitoringNamespace: string;
  readonly settings: CacheSettings;
}

/** A cache that we run, as the rest of the stack sees it. */
export function inClusterCache(args: InClusterCacheArgs): CacheDescription {
  const { members } = topologyOf(args.namespace, args.settings);
  return {
    primary: ADDRESS,
    members: members.map((host) => ({ host, port: ports.valkey })),
    sentinels: members.map((host) => ({ host, port: ports.sentinel })),
    tls: true,
    user: users.service,
    trustedCa: { secretName: CERTIFICATE, key: "ca.crt" },
    servers: [{ endpoint: pods(names.proxy, args.namespace), ports: [tcp(ADDRESS.port)] }],
    edges: edges(args),
    demands: demands(args.settings),
  };
}

/** The servers by their stable names. Full names, since the proxy's resolver knows no search path. */
export function topologyOf(namespace: string, { replicas }: Pick<CacheSettings, "replicas">): Topology {
  const host = (ordinal: number) => `${names.servers}-${ordinal}.${governed(namespace)}`;
  return {
    members: [...Array(1 + replicas).keys()].map(host),
    port: ports.valkey,
    sentinelPort: ports.sentinel,
    paths,
    times: failoverTimes,
  };
}

/** The domain of the servers' names. */
export function governed(namespace: string): string {
  return `${names.servers}.${namespace}.svc.cluster.local`;
}

/** What the pods of a part are selected by. */
export function selectorOf(part: keyof typeof names): Labels {
  return selectorLabels(names[part], names[part]);
}

function pods(name: string, namespace: string): PodEndpoint {
  return { kind: "pods", name, namespace, labels: selectorLabels(name) };
}

function edges({ namespace, monitoringNamespace, settings }: InClusterCacheArgs): readonly Edge[] {
  const servers = pods(names.servers, namespace);
  const proxy = pods(names.proxy, namespace);
  const monitoring = prometheus(monitoringNamespace);
  return [
    { from: proxy, to: servers, ports: [tcp(ports.valkey)], why: "leads clients to the primary, and asks who it is" },
    {
      from: servers,
      to: servers,
      ports: [tcp(ports.valkey), tcp(ports.sentinel)],
      why: "replication, and Sentinels that watch servers and elect one of them",
    },
    { from: monitoring, to: servers, ports: [tcp(ports.exporter)], why: "metrics" },
    { from: monitoring, to: proxy, ports: [tcp(ports.proxyMetrics)], why: "metrics" },
    ...(settings.snapshots === undefined ? [] : snapshotEdges(namespace, servers, settings.snapshots)),
  ];
}

function snapshotEdges(namespace: string, servers: PodEndpoint, store: SnapshotStore): readonly Edge[] {
  const from = pods(names.snapshots, namespace);
  const port = store.endpoint === undefined ? 443 : portOf(store.endpoint);
  const to: Endpoint =
    store.networks.length === 0 ? internet : { kind: "networks", name: "object store", cidrs: store.networks };
  const identity: Edge = { from, to: podIdentityAgent, ports: [tcp(80)], why: "credentials of the pod's identity" };
  return [
    { from, to: servers, ports: [tcp(ports.valkey)], why: "a snapshot from a replica" },
    { from, to, ports: [tcp(port)], why: "snapshots are kept in an object store" },
    ...(store.credentialsSecret === undefined ? [identity] : []),
  ];
}

function portOf(endpoint: string): number {
  const { port, protocol } = new URL(endpoint);
  return port === "" ? (protocol === "http:" ? 80 : 443) : Number(port);
}

function demands(settings: CacheSettings): readonly QuotaDemand[] {
  const server = [settings.resources, sideResources.sentinel, sideResources.exporter];
  return [
    { instances: 1, mostReplicas: 1 + settings.replicas, ...total(server) },
    { instances: 1, mostReplicas: PROXIES, ...total([sideResources.proxy]) },
    ...(settings.snapshots === undefined
      ? []
      : [{ instances: 1, mostReplicas: 1, ...total([sideResources.snapshot]) }]),
  ];
}

/** What the containers of a pod take together. */
function total(containers: readonly { readonly requests: Resources; readonly limits: Resources }[]) {
  const sum = (kind: "requests" | "limits"): Resources => ({
    cpu: formatCpu(containers.reduce((all, one) => all + millicores(one[kind].cpu), 0)),
    memory: formatBytes(containers.reduce((all, one) => all + bytes(one[kind].memory), 0)),
  });
  return { requests: sum("requests"), limits: sum("limits") };
}
