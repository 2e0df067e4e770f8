import type { SecretTemplate } from "../security/secret-delivery";
import { password, users } from "./access";
import { replicasToWrite } from "./topology";

/** How long a proxy that is to stop waits for its clients to go (seconds). */
export const PROXY_HARD_STOP = 15;

/** What follows from where the proxy runs. */
export interface ProxyConfigArgs {
  /** The servers' host names. */
  readonly members: readonly string[];
  /** The port that clients call, and that the servers listen on. */
  readonly port: number;
  /** The port of metrics and health. */
  readonly metricsPort: number;
  /** The file with the authority that the servers' certificates come from. */
  readonly ca: string;
  /** The address to listen on. @default all */
  readonly bind?: string;
  /** The address that connections come from. @default the system's choice */
  readonly source?: string;
  /** Whether names are looked up again and again, since pods move. */
  readonly resolve: boolean;
}

/**
 * haproxy.cfg: one address that leads to the primary, for clients that do not ask Sentinel. Bytes are passed through, so that TLS is
 * between the client and the server.
 *
 * A server is served if it says that it is the primary *and* that enough replicas follow it, which is when it takes writes:
 * with the primary they are a majority of all servers, so that of two primaries one is served at most. Connections to a server
 * that stops being so are cut. Should two ever look like it, within one round of checks, no new connection is let in.
 */
export function proxyConfig(args: ProxyConfigArgs): SecretTemplate {
  const needed = replicasToWrite(args.members.length);
  const primary = needed === 0 ? "role:master" : `role:master[\\s\\S]*min_slaves_good_slaves:[${needed}-9]`;
  const resolvers = ["resolvers cluster", "  parse-resolv-conf", "  accepted_payload_size 8192", "  hold valid 2s", ""];
  return [
    "global",
    "  log stdout format raw local0 notice",
    "  maxconn 4000",
    `  hard-stop-after ${PROXY_HARD_STOP}s`,
    "",
    ...(args.resolve ? resolvers : []),
    "defaults",
    "  mode tcp",
    "  log global",
    "  timeout connect 2s",
    "  timeout check 2s",
    // Idle connections are what a pool of clients keeps; that the other end is alive, keep-alive packets tell.
    "  timeout client 1h",
    "  timeout server 1h",
    "  option clitcpka",
    "  option srvtcpka",
    "",
    "frontend redis",
    `  bind ${args.bind ?? "*"}:${args.port}`,
    "  tcp-request connection reject if { nbsrv(primary) gt 1 }",
    "  default_backend primary",
    "",
    "backend primary",
    "  option tcp-check",
    // QUIT ends the answer: a replica is told from a primary at once and not by a timeout.
    `  tcp-check send "AUTH ${users.probe} ${password("probe")}\\r\\nINFO replication\\r\\nQUIT\\r\\n"`,
    `  tcp-check expect rstring "${primary}"`,
    ...(args.source === undefined ? [] : [`  source ${args.source}`]),
    "  default-server check inter 1s fastinter 500ms fall 2 rise 2 on-marked-down shutdown-sessions",
    `  default-server check-ssl verify required ca-file ${args.ca}`,
    ...(args.resolve ? ["  default-server resolvers cluster resolve-prefer ipv4 init-addr none"] : []),
    ...args.members.map((host, index) => `  server valkey-${index} ${host}:${args.port} verifyhost ${host}`),
    "",
    "frontend health",
    "  mode http",
    "  timeout client 5s",
    `  bind ${args.bind ?? "*"}:${args.metricsPort}`,
    "  http-request use-service prometheus-exporter if { path /metrics }",
    "  http-request return status 200 if { path /live }",
    "  http-request return status 200 if { path /leads } { nbsrv(primary) eq 1 }",
    "  http-request return status 503",
    "",
  ].join("\n");
}
