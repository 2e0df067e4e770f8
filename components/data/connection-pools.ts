/** Those who connect through the poolers, all together and at most. */
export interface PoolDemand {
  /** Connections of all pods of all services, each at its autoscaler's maximum. */
  readonly clients: number;
  /** Pods of one pooler. */
  readonly instances: number;
  /** How many clients share a connection to a server: they only need it while they are within a transaction. */
  readonly clientsPerConnection: number;
}

export interface PoolSizes {
  /** Connections that one pod of a pooler opens to the database, at most; `max_db_connections`. */
  readonly connections: number;
  /** Clients that one pod of a pooler takes; `max_client_conn`. */
  readonly clients: number;
}

/** The poolers: one for writes, one for reads. */
const POOLERS = 2;

/** A pod more while a pooler is rolled, its `maxSurge`. */
export const POOLER_SURGE = 1;

/** The database itself, and `postgres`, where PgBouncer looks passwords up: each has the limit for itself. */
const DATABASES_PER_POOLER = 2;

/** The fewest connections of a pod that are worth a pool. */
const LEAST_CONNECTIONS = 5;

/** Clients beside the services': a person, a migration, a dashboard. */
const OTHER_CLIENTS = 20;

/**
 * Connections beside the poolers': 3 that PostgreSQL keeps for superusers, 10 for the operator, the exporter and backups, 17 for
 * migrations and people, who connect to the server itself.
 */
const RESERVED = 30;

/** One pod more of each Deployment while it is rolled, its `maxSurge`. */
const SERVICE_SURGE = 1;

/** Connections of a service at most: every instance (two colours, or one) at its most pods, and one more each while rolled. */
export function serviceClients(instances: number, mostReplicas: number, connectionsPerPod: number): number {
  return instances * (mostReplicas + SERVICE_SURGE) * connectionsPerPod;
}

/**
 * Every client may connect through any pod of a pooler, since the others may be gone. Connections to the server are divided among
 * the pods: were one gone, the rest would have less to share, and its clients would wait; no server would be overrun.
 */
export function poolSizes({ clients, instances, clientsPerConnection }: PoolDemand): PoolSizes {
  const connections = Math.ceil(clients / clientsPerConnection / instances);
  return { connections: Math.max(LEAST_CONNECTIONS, connections), clients: clients + OTHER_CLIENTS };
}

/**
 * The most connections that one server can ever see. Both poolers count on the same one: after a failover the readers' connections
 * are still on the replica that has just become the primary.
 */
export function connectionsNeeded(demand: PoolDemand): number {
  const { connections } = poolSizes(demand);
  return POOLERS * (demand.instances + POOLER_SURGE) * DATABASES_PER_POOLER * connections + RESERVED;
}
