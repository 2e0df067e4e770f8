import { type Duration, milliseconds } from "../core/units";

/** Where things are in a container, or in a test's folder. */
export interface CachePaths {
  /** The ConfigMap: configuration and scripts. */
  readonly config: string;
  /** The Secret: users, and the passwords of our own clients. */
  readonly secrets: string;
  /** The certificate. */
  readonly tls: string;
  /** The claim. */
  readonly data: string;
  /** Memory: the configuration as it runs. */
  readonly run: string;
}

/** How fast a lost primary is replaced. */
export interface FailoverTimes {
  /** How long a primary may be silent before a Sentinel takes it for lost. */
  readonly downAfter: Duration;
  /** How long a primary writes on without hearing of a replica. In whole seconds, as the server counts it. */
  readonly maxLag: Duration;
  /** How long one attempt at a failover may take; the next starts after twice that. */
  readonly failoverTimeout: Duration;
}

/** Everything that the configuration files are made from. */
export interface Topology {
  /** The servers' host names, by ordinal. A Sentinel is beside each. */
  readonly members: readonly string[];
  readonly port: number;
  readonly sentinelPort: number;
  readonly paths: CachePaths;
  readonly times: FailoverTimes;
}

/** What the Sentinels call the group of servers. */
export const GROUP = "cache";

/**
 * A failover of about 10 s. A primary that lost its replicas stops writing `maxLag` and at most 2 s later; the 3 s of difference that
 * `failoverConflict` asks for are these and the ping that had just been answered.
 */
export const failoverTimes: FailoverTimes = { downAfter: "8 s", maxLag: "3 s", failoverTimeout: "15 s" };

/**
 * The servers' own clock: replicas are heard of once a second, lags are whole seconds, and they are looked at once a second
 * (milliseconds).
 */
const RESOLUTION = 3000;

/**
 * Whether a new primary could be made while the old one still writes: the one thing that these times must exclude.
 *
 * @returns what is wrong, if anything
 */
export function failoverConflict({ downAfter, maxLag }: FailoverTimes): string | undefined {
  const least = milliseconds(maxLag) + RESOLUTION;
  if (milliseconds(maxLag) % 1000 !== 0) return `maxLag is ${maxLag}: a server counts whole seconds`;
  if (milliseconds(downAfter) >= least) return undefined;
  return `downAfter is ${downAfter}: at least ${least} ms, or a primary without replicas still writes when the next one starts`;
}

/** How many of `members` are more than half. */
export function majority(members: number): number {
  return Math.floor(members / 2) + 1;
}

/** Replicas that a primary has to hear of to write: with it, a majority of the servers. So there is one such primary at most. */
export function replicasToWrite(members: number): number {
  return majority(members) - 1;
}

/** What the scripts know, as shell variables. */
export function topologyFile({ members, port, sentinelPort, paths }: Topology): string {
  const variables = {
    MEMBERS: members.join(" "),
    QUORUM: String(majority(members.length)),
    NAME: GROUP,
    PORT: String(port),
    SENTINEL_PORT: String(sentinelPort),
    CONFIG: paths.config,
    SECRETS: paths.secrets,
    TLS: paths.tls,
    DATA: paths.data,
    RUN: paths.run,
  };
  return Object.entries(variables)
    .map(([name, value]) => `${name}='${value}'\n`)
    .join("");
}
