import { type Bytes, bytes } from "../core/units";

/** How a server's memory limit is divided (bytes). */
export interface MemoryPlan {
  /** What the data may take: `maxmemory`. */
  readonly data: number;
  /** What a replica can be behind and still catch up without copying everything: `repl-backlog-size`. */
  readonly backlog: number;
  /** What may wait for one replica that reads slowly, before it is cut off: `client-output-buffer-limit replica`. */
  readonly replicaBuffer: number;
}

const MEBIBYTE = 2 ** 20;

/** The process itself, its tables and its clients (bytes). */
const BASE = 24 * MEBIBYTE;

/** Of the limit. */
const BACKLOG_SHARE = 1 / 32;
const REPLICA_BUFFER_SHARE = 1 / 32;

/**
 * What the data costs beside itself, as a share of it: pages that are written to while a snapshot's child process holds the
 * old ones (half of all within one snapshot is a very busy cache), and what the allocator cannot use.
 */
const COPY_ON_WRITE = 0.5;
const FRAGMENTATION = 0.1;

/** Below this there is no room for data worth the name (bytes). */
const SMALLEST = 64 * MEBIBYTE;

/**
 * Divides a container's memory limit so that the kernel never has to kill the server: data, the copies that a fork makes of it,
 * backlog and replicas' buffers at their limits fit in it together.
 */
export function planMemory(limit: Bytes, replicas: number): MemoryPlan {
  const all = bytes(limit);
  if (all < SMALLEST) throw new RangeError(`${limit} is too little memory for a cache; at least 64Mi`);
  const backlog = wholeMebibytes(all * BACKLOG_SHARE);
  const replicaBuffer = wholeMebibytes(all * REPLICA_BUFFER_SHARE);
  const rest = all - BASE - backlog - replicas * replicaBuffer;
  return { data: wholeMebibytes(rest / (1 + COPY_ON_WRITE + FRAGMENTATION)), backlog, replicaBuffer };
}

/** What the server takes at worst by a plan (bytes). */
export function worstCase({ data, backlog, replicaBuffer }: MemoryPlan, replicas: number): number {
  return BASE + backlog + replicas * replicaBuffer + data * (1 + COPY_ON_WRITE + FRAGMENTATION);
}

function wholeMebibytes(amount: number): number {
  return Math.floor(amount / MEBIBYTE) * MEBIBYTE;
}
