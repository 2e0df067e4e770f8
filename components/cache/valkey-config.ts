import { milliseconds, seconds } from "../core/units";
import type { MemoryPlan } from "./memory";
import { GROUP, replicasToWrite, type Topology } from "./topology";

/**
 * What a directive is understood by. Redis 7 is what the tests can run from a distribution's packages; everything that it does not
 * know is listed here and nowhere else.
 */
type Engine = "valkey" | "redis";

const onlyInValkey = [
  // Certificates are renewed in place; without this a server would show the old one until its next restart. Since Valkey 9.1.
  "tls-auto-reload-interval 3600",
];

interface Listener {
  readonly engine: Engine;
  /** Addresses to listen on. @default all */
  readonly bind?: string;
  /** The address that connections come from. @default the system's choice */
  readonly source?: string;
}

export interface ValkeyConfigArgs extends Listener {
  readonly topology: Topology;
  readonly memory: MemoryPlan;
}

/** valkey.conf: what all servers have in common. The role and the passwords are added when a server starts. */
export function valkeyConfig(args: ValkeyConfigArgs): string {
  const { topology, memory } = args;
  const { members, port, paths, times } = topology;
  const needed = replicasToWrite(members.length);
  const buffer = memory.replicaBuffer;
  return lines([
    ...listener(args, topology, port),
    `replica-announce-port ${port}`,
    `aclfile ${paths.secrets}/users.acl`,

    // Both: the log loses a second at most, and the snapshot is what is copied to another place.
    `dir ${paths.data}`,
    "appendonly yes",
    "appendfsync everysec",
    "save 3600 1 300 100 60 10000",

    `maxmemory ${memory.data}`,
    // A cache may forget anything, and what was not used for longest first; refusing writes would be an outage.
    "maxmemory-policy allkeys-lru",
    `repl-backlog-size ${memory.backlog}`,
    `client-output-buffer-limit replica ${buffer} ${buffer} 60`,
    "client-output-buffer-limit pubsub 8388608 2097152 60",

    // A primary that too few replicas follow may be the old one of two: it takes no writes.
    ...(needed === 0 ? [] : [`min-replicas-to-write ${needed}`, `min-replicas-max-lag ${seconds(times.maxLag)}`]),
    // Says so itself rather than answer with old data for ever: a replica without its primary is of no use to a reader.
    "replica-serve-stale-data no",
    "replica-read-only yes",
    // A replica that starts again is a copy through a socket and not through a file; no other comes a moment later.
    "repl-diskless-sync yes",
    "repl-diskless-sync-delay 0",
    // The same silence that Sentinel takes for a loss.
    `repl-timeout ${Math.max(seconds(times.downAfter), 5)}`,
    "repl-ping-replica-period 1",
    "shutdown-timeout 5",
    "timeout 0",
    "tcp-keepalive 60",
  ]);
}

/** sentinel.conf: what all Sentinels have in common. Whom they watch, and what they learnt, is added when one starts. */
export function sentinelConfig(args: Listener & { readonly topology: Topology }): string {
  const { topology } = args;
  const { sentinelPort, paths, times } = topology;
  return lines([
    ...listener(args, topology, sentinelPort),
    `dir ${paths.run}`,
    `aclfile ${paths.secrets}/sentinel-users.acl`,
    "sentinel announce-hostnames yes",
    "sentinel resolve-hostnames yes",
    `sentinel announce-port ${sentinelPort}`,
    "sentinel deny-scripts-reconfig yes",
    `sentinel down-after-milliseconds ${GROUP} ${milliseconds(times.downAfter)}`,
    `sentinel failover-timeout ${GROUP} ${milliseconds(times.failoverTimeout)}`,
    `sentinel parallel-syncs ${GROUP} 1`,
    // A server that restarts answers that it is loading: that long, it is not lost.
    `sentinel master-reboot-down-after-period ${GROUP} ${milliseconds(times.downAfter)}`,
  ]);
}

function listener({ engine, bind, source }: Listener, { paths }: Topology, port: number): readonly string[] {
  return [
    ...(bind === undefined ? [] : [`bind ${bind}`]),
    ...(source === undefined ? [] : [`bind-source-addr ${source}`]),
    // No port without TLS. Who a client is, the password says; that the server is ours, its certificate.
    "port 0",
    `tls-port ${port}`,
    `tls-cert-file ${paths.tls}/tls.crt`,
    `tls-key-file ${paths.tls}/tls.key`,
    `tls-ca-cert-file ${paths.tls}/ca.crt`,
    "tls-auth-clients no",
    "tls-replication yes",
    'tls-protocols "TLSv1.2 TLSv1.3"',
    ...(engine === "valkey" ? onlyInValkey : []),
    // With it off, the default user decides who may come in, and that one is off.
    "protected-mode no",
    "daemonize no",
    'logfile ""',
    "loglevel notice",
  ];
}

function lines(all: readonly string[]): string {
  return `${all.join("\n")}\n`;
}
