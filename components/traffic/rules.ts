import type { Conflict } from "../core/errors";
import { bytes, type Bytes, type Duration, formatBytes, seconds } from "../core/units";
import { effectiveLimits, type RateLimit, type ServiceBehind, type TrafficLimits } from "./settings";

export interface TrafficSettings {
  readonly limits: TrafficLimits;
  readonly rateLimit: RateLimit;
  readonly behind: ServiceBehind;
}

type Rule = (settings: TrafficSettings) => Conflict | undefined;

/** A connection that nobody answers for so long never will be (nginx's own documentation). */
const LONGEST_CONNECT = 75;
/** What both proxies' notations of a time have room for, with a margin (seconds). */
const LONGEST_WAIT = 3600;
/** Bodies of the largest size that a pod must be able to hold at once. */
const BODIES = 16;
/** The largest `proxy_buffer_size` that is of use to anyone. */
const LARGEST_HEADERS: Bytes = "64Ki";

const between = (name: "connectTimeout" | "sendTimeout", most: number, example: Duration): Rule => {
  return ({ limits }) => {
    const value = limits[name];
    if (seconds(value) >= 1 && seconds(value) <= most) return undefined;
    return {
      at: ["limits", name],
      reads: [["limits", name]],
      value,
      allowed: `from 1 s to ${most} s`,
      example,
    };
  };
};

const readTimeout: Rule = ({ limits, behind: { longestRequest } }) => {
  const value = limits.readTimeout;
  if (value === undefined || (seconds(value) > seconds(longestRequest) && seconds(value) <= LONGEST_WAIT)) {
    return undefined;
  }
  return {
    at: ["limits", "readTimeout"],
    reads: [
      ["limits", "readTimeout"],
      ["behind", "longestRequest"],
    ],
    value,
    allowed: `more than the service's longest request, which is ${longestRequest}, and at most ${LONGEST_WAIT} s`,
    example: effectiveLimits({ ...limits, readTimeout: undefined }, longestRequest).readTimeout,
  };
};

/** A request whose pod does not answer the connection is tried at another one, within the time for an answer. */
const secondAttempt: Rule = ({ limits, behind: { longestRequest } }) => {
  const { readTimeout: whole } = effectiveLimits(limits, longestRequest);
  if (2 * seconds(limits.connectTimeout) <= seconds(whole)) return undefined;
  return {
    at: ["limits", "connectTimeout"],
    reads: [
      ["limits", "connectTimeout"],
      ["limits", "readTimeout"],
      ["behind", "longestRequest"],
    ],
    value: limits.connectTimeout,
    allowed: `at most half of the read timeout, which is ${whole}: a second pod must get its chance`,
    example: "5 s",
  };
};

const requestBody: Rule = ({ limits, behind: { memory } }) => {
  const most = Math.floor(bytes(memory) / BODIES);
  if (bytes(limits.requestBody) <= most) return undefined;
  return {
    at: ["limits", "requestBody"],
    reads: [
      ["limits", "requestBody"],
      ["behind", "memory"],
    ],
    value: limits.requestBody,
    allowed: `at most ${formatBytes(most)}: ${BODIES} of them have to fit a pod, which has ${memory}`,
    example: "1Mi",
  };
};

const responseHeaders: Rule = ({ limits }) =>
  bytes(limits.responseHeaders) >= 1024 && bytes(limits.responseHeaders) <= bytes(LARGEST_HEADERS)
    ? undefined
    : {
        at: ["limits", "responseHeaders"],
        reads: [["limits", "responseHeaders"]],
        value: limits.responseHeaders,
        allowed: `from 1Ki to ${LARGEST_HEADERS}`,
        example: "8Ki",
      };

/** Requests come in bunches: with less, a client that keeps to its rate would be refused now and then. */
const burst: Rule = ({ rateLimit }) =>
  rateLimit.burst >= rateLimit.requestsPerSecond
    ? undefined
    : {
        at: ["rateLimit", "burst"],
        reads: [
          ["rateLimit", "burst"],
          ["rateLimit", "requestsPerSecond"],
        ],
        value: rateLimit.burst,
        allowed: `at least rateLimit.requestsPerSecond, which is ${rateLimit.requestsPerSecond}`,
        example: String(2 * rateLimit.requestsPerSecond),
      };

const rules: readonly Rule[] = [
  between("connectTimeout", LONGEST_CONNECT, "5 s"),
  between("sendTimeout", LONGEST_WAIT, "15 s"),
  readTimeout,
  secondAttempt,
  requestBody,
  responseHeaders,
  burst,
];

/** The couplings between what the proxy allows and what the service behind it can do. */
export function trafficConflicts(settings: TrafficSettings): readonly Conflict[] {
  return rules.map((rule) => rule(settings)).filter((conflict) => conflict !== undefined);
}
