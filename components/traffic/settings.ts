import { type Bytes, type Duration, seconds } from "../core/units";

/** What a proxy accepts, and how long it waits. Every default is in infra/config/traffic.ts. */
export interface TrafficLimits {
  /** The largest body of a request; a larger one is answered with 413. */
  readonly requestBody: Bytes;
  /** The largest header of an answer. */
  readonly responseHeaders: Bytes;
  /** For a connection to a pod. */
  readonly connectTimeout: Duration;
  /** Between two writes of a request to a pod. */
  readonly sendTimeout: Duration;
  /**
   * Between two reads of an answer from a pod.
   *
   * @default the service's longest request and 5 s, so that the service's own error wins
   */
  readonly readTimeout?: Duration | undefined;
  /** Idle connections to pods that each worker of the proxy keeps open. */
  readonly upstreamConnections: number;
}

/** How many requests one client address may make; more are answered with 429. Holds for each pod of the proxy. */
export interface RateLimit {
  readonly requestsPerSecond: number;
  /** Requests over the rate that are let through before the first one is refused. */
  readonly burst: number;
}

/** How much longer the proxy waits than the service may take (seconds). */
const PROXY_MARGIN = 5;

/** The limits as they hold for one service. */
export interface EffectiveLimits extends TrafficLimits {
  readonly readTimeout: Duration;
}

export function effectiveLimits(limits: TrafficLimits, longestRequest: Duration): EffectiveLimits {
  return { ...limits, readTimeout: limits.readTimeout ?? `${seconds(longestRequest) + PROXY_MARGIN} s` };
}

/** What the proxy's limits have to agree with. */
export interface ServiceBehind {
  /** The longest answer that must not be cut off. */
  readonly longestRequest: Duration;
  /** The memory limit of one pod. */
  readonly memory: Bytes;
}
