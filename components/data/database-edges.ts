import { apiServerEdge, type ClusterNetwork, podIdentityAgent } from "../security/cluster-edges";
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

export interface ObjectStoreNetwork {
  readonly endpoint: NetworkEndpoint;
  readonly podIdentity: boolean;
}

export interface DatabaseNetwork {
  readonly namespace: string;
  /** The clusters that exist or, after a recovery, can exist. The first has poolers before it. */
  readonly clusters: readonly [string, ...string[]];
  /** CloudNativePG's operator, which calls every instance. */
  readonly operator: PodEndpoint;
  readonly monitoringNamespace: string;
  readonly network: ClusterNetwork;
  /** Where backups go, and whether the pods' own identity opens it. @default none: there are no backups */
  readonly objectStore?: ObjectStoreNetwork | undefined;
}

export const POSTGRESQL_PORT = 5432;
/** An instance tells its state, and takes orders, here. */
const STATUS_PORT = 8000;
const SERVER_METRICS_PORT = 9187;
const POOLER_METRICS_PORT = 9127;

/** The object store where it is on the Internet. Within private networks it has an endpoint, and so addresses, of its own. */
export const publicObjectStore: NetworkEndpoint = { ...internet, name: "object store" };

/** A cluster's instances and jobs. */
function servers(namespace: string, cluster: string): PodEndpoint {
  return { kind: "pods", name: `${cluster} servers`, namespace, labels: serverLabels(cluster) };
}

/** Both poolers of a cluster: the way to the database for everyone. */
function poolers(namespace: string, cluster: string): PodEndpoint {
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

function poolerEdges({ namespace, network, monitoringNamespace }: DatabaseNetwork, cluster: string): readonly Edge[] {
  const pooler = poolers(namespace, cluster);
  return [
    {
      from: pooler,
      to: servers(namespace, cluster),
      ports: [tcp(POSTGRESQL_PORT)],
      why: "the connections that clients share",
    },
    apiServerEdge(pooler, network),
    {
      from: prometheus(monitoringNamespace),
      to: pooler,
      ports: [tcp(POOLER_METRICS_PORT)],
      why: "metrics of the pooler",
    },
  ];
}

function clusterEdges(args: DatabaseNetwork, cluster: string): readonly Edge[] {
  const own = servers(args.namespace, cluster);
  return [
    {
      from: own,
      to: own,
      ports: [tcp(POSTGRESQL_PORT), tcp(STATUS_PORT)],
      why: "replication, and what instances ask of each other",
    },
    { from: args.operator, to: own, ports: [tcp(STATUS_PORT), tcp(POSTGRESQL_PORT)], why: "the operator's orders" },
    {
      from: prometheus(args.monitoringNamespace),
      to: own,
      ports: [tcp(SERVER_METRICS_PORT)],
      why: "metrics of the database",
    },
    apiServerEdge(own, args.network),
    ...(args.objectStore === undefined ? [] : backupEdges(own, args.objectStore)),
  ];
}

function backupEdges(own: PodEndpoint, { endpoint, podIdentity }: ObjectStoreNetwork): readonly Edge[] {
  return [
    { from: own, to: endpoint, ports: [tcp(443)], why: "backups and the archive of the log" },
    ...(podIdentity
      ? [{ from: own, to: podIdentityAgent, ports: [tcp(80)], why: "credentials for the object store" }]
      : []),
  ];
}
