import {
  type Edge,
  internet,
  type NetworkEndpoint,
  type PodEndpoint,
  prometheus,
  tcp,
} from "../security/network-edges";
import type { Server } from "../security/service-edges";
import { serverLabels } from "./cluster-spec";

export interface DatabaseNetwork {
  readonly namespace: string;
  /** The clusters that exist or, after a recovery, can exist. The first has poolers before it. */
  readonly clusters: readonly [string, ...string[]];
  /** Where CloudNativePG's operator is. */
  readonly operatorNamespace: string;
  readonly monitoringNamespace: string;
  /** The API server, which no pod selector reaches. */
  readonly apiServer: NetworkEndpoint;
  /** Where backups go. @default none: there are no backups */
  readonly objectStore?: NetworkEndpoint | undefined;
}

export const POSTGRESQL_PORT = 5432;
/** An instance tells its state, and takes orders, here. */
const STATUS_PORT = 8000;
const SERVER_METRICS_PORT = 9187;
const POOLER_METRICS_PORT = 9127;
const API_SERVER_PORTS = [443, 6443];

/** The object store where it is on the Internet. Within private networks it has an endpoint, and so addresses, of its own. */
export const publicObjectStore: NetworkEndpoint = { ...internet, name: "object store" };

/** A cluster's instances and jobs. */
function servers(namespace: string, cluster: string): PodEndpoint {
  return { kind: "pods", name: `${cluster} servers`, namespace, labels: serverLabels(cluster) };
}

/** Both poolers of a cluster: the way to the database for everyone. */
export function poolers(namespace: string, cluster: string): PodEndpoint {
  return {
    kind: "pods",
    name: `${cluster} poolers`,
    namespace,
    labels: { "cnpg.io/cluster": cluster, "app.kubernetes.io/component": "pooler" },
  };
}

/** Whom services reach. */
export function databaseServers(namespace: string, cluster: string): readonly Server[] {
  return [{ endpoint: poolers(namespace, cluster), ports: [tcp(POSTGRESQL_PORT)] }];
}

/** Every way over the network of the database's own parts. */
export function databaseEdges(network: DatabaseNetwork): readonly Edge[] {
  const [first] = network.clusters;
  return [...poolerEdges(network, first), ...network.clusters.flatMap((cluster) => clusterEdges(network, cluster))];
}

function poolerEdges({ namespace, apiServer, monitoringNamespace }: DatabaseNetwork, cluster: string): readonly Edge[] {
  const pooler = poolers(namespace, cluster);
  return [
    {
      from: pooler,
      to: servers(namespace, cluster),
      ports: [tcp(POSTGRESQL_PORT)],
      why: "the connections that clients share",
    },
    { from: pooler, to: apiServer, ports: API_SERVER_PORTS.map(tcp), why: "its configuration" },
    {
      from: prometheus(monitoringNamespace),
      to: pooler,
      ports: [tcp(POOLER_METRICS_PORT)],
      why: "metrics of the pooler",
    },
  ];
}

function clusterEdges(network: DatabaseNetwork, cluster: string): readonly Edge[] {
  const own = servers(network.namespace, cluster);
  const operator: PodEndpoint = {
    kind: "pods",
    name: "CloudNativePG",
    namespace: network.operatorNamespace,
    labels: { "app.kubernetes.io/name": "cloudnative-pg" },
  };
  return [
    {
      from: own,
      to: own,
      ports: [tcp(POSTGRESQL_PORT), tcp(STATUS_PORT)],
      why: "replication, and what instances ask of each other",
    },
    { from: operator, to: own, ports: [tcp(STATUS_PORT), tcp(POSTGRESQL_PORT)], why: "the operator's orders" },
    {
      from: prometheus(network.monitoringNamespace),
      to: own,
      ports: [tcp(SERVER_METRICS_PORT)],
      why: "metrics of the database",
    },
    {
      from: own,
      to: network.apiServer,
      ports: API_SERVER_PORTS.map(tcp),
      why: "instances and jobs read what they are to be",
    },
    ...(network.objectStore === undefined
      ? []
      : [{ from: own, to: network.objectStore, ports: [tcp(443)], why: "backups and the archive of the log" }]),
  ];
}
