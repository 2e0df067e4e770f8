import { bytes, formatBytes, formatCpu, millicores } from "../core/units";
import type { ClusterNetwork } from "../security/cluster-edges";
import type { PodEndpoint } from "../security/network-edges";
import type { QuotaDemand } from "../security/quota";
import type { Resources } from "../workload/settings";
import type { ClusterSettings } from "./cluster-spec";
import { poolerResources } from "./connection-pooler";
import type { DatabaseDescription } from "./database";
import { backupResources } from "./database-backup";
import { databaseEdges, databaseServers, type ObjectStoreNetwork, POSTGRESQL_PORT } from "./database-edges";
import { databaseRoles } from "./roles";
import { CLUSTER, databaseCa, POOLER, RECOVERED_CLUSTER } from "./timescale-cluster";

export interface TimescaleDescriptionArgs {
  readonly namespace: string;
  /** The database's name. */
  readonly database: string;
  readonly settings: Pick<ClusterSettings, "instances" | "resources">;
  /** Pods of each pooler. */
  readonly poolerInstances: number;
  /** CloudNativePG's operator. */
  readonly operator: PodEndpoint;
  readonly monitoringNamespace: string;
  readonly network: ClusterNetwork;
  /** Where backups go. @default none: there are no backups, and nothing to recover from */
  readonly objectStore?: ObjectStoreNetwork | undefined;
}

/** The database that `TimescaleCluster` makes, before it is made. */
export function timescaleDatabase(args: TimescaleDescriptionArgs): DatabaseDescription {
  const { namespace, database, objectStore } = args;
  return {
    write: { host: POOLER.write, port: POSTGRESQL_PORT },
    read: { host: POOLER.read, port: POSTGRESQL_PORT },
    name: database,
    user: { name: databaseRoles.service, password: "database" },
    reader: { name: databaseRoles.reader, password: "databaseReader" },
    tls: "verify-full",
    trustedCa: databaseCa,
    servers: databaseServers(namespace, CLUSTER),
    edges: databaseEdges({ ...args, clusters: objectStore === undefined ? [CLUSTER] : [CLUSTER, RECOVERED_CLUSTER] }),
    demands: quotaDemands(args),
  };
}

/** Room for a recovered cluster beside the one that serves: a quota must not be what stands between a backup and its use. */
function quotaDemands({ settings, poolerInstances, objectStore }: TimescaleDescriptionArgs): readonly QuotaDemand[] {
  const { requests, limits } = settings.resources;
  const backedUp = objectStore !== undefined;
  return [
    {
      instances: backedUp ? 2 : 1,
      mostReplicas: settings.instances,
      requests: backedUp ? sum(requests, backupResources.requests) : requests,
      limits: backedUp ? sum(limits, backupResources.limits) : limits,
    },
    { instances: Object.keys(POOLER).length, mostReplicas: poolerInstances, ...poolerResources },
  ];
}

function sum(one: Resources, other: Resources): Resources {
  return {
    cpu: formatCpu(millicores(one.cpu) + millicores(other.cpu)),
    memory: formatBytes(bytes(one.memory) + bytes(other.memory)),
  };
}
