import { type Bytes, bytes } from "../core/units";

/** Which TimescaleDB the server runs; docs/adr/0007 has what each may do. */
export const timescaleEditions = ["apache-2", "community"] as const;
export type TimescaleEdition = (typeof timescaleEditions)[number];

/** What a server's parameters follow from. */
export interface ServerSize {
  readonly memory: { readonly request: Bytes; readonly limit: Bytes };
  /** Of the volume that holds nothing but the write-ahead log. */
  readonly walVolume: Bytes;
  /** Connections at a time, to one server. Changing it restarts every server. */
  readonly maxConnections: number;
}

/** A server's memory by its use, in MiB. */
export interface MemoryPlan {
  readonly sharedBuffers: number;
  readonly effectiveCacheSize: number;
  /** For each of the autovacuum workers, and for an index that is being built. */
  readonly maintenanceWorkMem: number;
  /** For each sort or hash of a connection. */
  readonly workMem: number;
}

const MIB = 2 ** 20;

/** What a connection takes before it sorts anything (MiB). Ours: a backend with TimescaleDB loaded and warm catalogue caches. */
const BACKEND = 4;

/** `autovacuum_max_workers`, PostgreSQL's own default, stated because the sum depends on it. */
export const AUTOVACUUM_WORKERS = 3;

/** The least `work_mem` worth running with (MiB); PostgreSQL's own default is twice that. */
export const LEAST_WORK_MEM = 2;

/**
 * Divides a server's memory. The buffers come out of the *request*, which is sure; CloudNativePG refuses a server whose
 * buffers are larger. What is left of the *limit* after buffers, maintenance and every backend is divided among all
 * connections, one sort each, so that a server with all its connections busy is not killed for its memory.
 */
export function memoryPlan({ memory, maxConnections }: ServerSize): MemoryPlan {
  const request = bytes(memory.request) / MIB;
  const limit = bytes(memory.limit) / MIB;
  const sharedBuffers = Math.floor(request / 4);
  const maintenanceWorkMem = Math.min(1024, Math.floor(request / 16));
  const left = limit - sharedBuffers - AUTOVACUUM_WORKERS * maintenanceWorkMem - maxConnections * BACKEND;
  return {
    sharedBuffers,
    effectiveCacheSize: Math.floor((request * 3) / 4),
    maintenanceWorkMem,
    workMem: Math.floor(left / maxConnections),
  };
}

/** The smallest limit that `maxConnections` fit in, with the same request (MiB). */
export function leastMemoryLimit(size: ServerSize): number {
  const { sharedBuffers, maintenanceWorkMem } = memoryPlan(size);
  return sharedBuffers + AUTOVACUUM_WORKERS * maintenanceWorkMem + size.maxConnections * (BACKEND + LEAST_WORK_MEM);
}

/** The parts of the volume of the write-ahead log that its three uses may take together are 0.75: a quarter is for bursts. */
const WAL_SHARE = { checkpoints: 0.25, keptForReplicas: 0.1, keptForSlots: 0.4 } as const;

/**
 * `postgresql.parameters` of a server. What is not named here is CloudNativePG's or PostgreSQL's default; TLS 1.3 as the least
 * version and an archive at least every 5 minutes are CloudNativePG's.
 *
 * The trap that `max_slot_wal_keep_size` closes: the replication slot of a replica that is gone keeps all of the log, until its
 * volume is full and the primary stops. Beyond that size the replica is given up instead and cloned anew.
 */
export function postgresParameters(size: ServerSize, edition: TimescaleEdition): Readonly<Record<string, string>> {
  const { sharedBuffers, effectiveCacheSize, maintenanceWorkMem, workMem } = memoryPlan(size);
  const wal = bytes(size.walVolume) / MIB;
  const part = (share: number) => megabytes(Math.floor(wal * share));
  return {
    max_connections: String(size.maxConnections),
    shared_buffers: megabytes(sharedBuffers),
    effective_cache_size: megabytes(effectiveCacheSize),
    maintenance_work_mem: megabytes(maintenanceWorkMem),
    work_mem: megabytes(workMem),
    autovacuum_max_workers: String(AUTOVACUUM_WORKERS),
    max_wal_size: part(WAL_SHARE.checkpoints),
    min_wal_size: part(WAL_SHARE.checkpoints / 4),
    wal_keep_size: part(WAL_SHARE.keptForReplicas),
    max_slot_wal_keep_size: part(WAL_SHARE.keptForSlots),
    // No logical replication here: less is written.
    wal_level: "replica",
    wal_compression: "lz4",
    checkpoint_timeout: "15min",
    checkpoint_completion_target: "0.9",
    // Solid-state storage: a page anywhere costs nearly what the next one does.
    random_page_cost: "1.1",
    effective_io_concurrency: "200",
    // A query on a hypertable locks each of its chunks.
    max_locks_per_transaction: "128",
    // The service answers within 30 s; what still holds its locks after a minute without a word was forgotten.
    idle_in_transaction_session_timeout: "60s",
    log_min_duration_statement: "1s",
    "pg_stat_statements.max": "5000",
    "timescaledb.telemetry_level": "off",
    "timescaledb.license": edition === "apache-2" ? "apache" : "timescale",
  };
}

/** PostgreSQL's MB is 1024 × 1024 bytes. */
function megabytes(amount: number): string {
  return `${amount}MB`;
}
