import { seconds } from "../core/units";
import { nginxSize, nginxTime } from "./nginx-notation";
import { hiddenHeaders, HSTS_MAX_AGE, securityHeaders } from "./security-headers";
import type { EffectiveLimits, RateLimit } from "./settings";

type Annotations = Readonly<Record<string, string>>;

/** Shared memory for clients' states: about 16,000 addresses a megabyte. */
const RATE_LIMIT_ZONE = "10m";

/** Buffers for an answer; nginx refuses its whole configuration where they do not hold two headers' worth and one more. */
const RESPONSE_BUFFERS = 8;

/**
 * What holds for every route, as the F5 NGINX Ingress Controller (5.5 or newer) reads it.
 *
 * About retries: nginx passes a request on to another pod when the first cannot be connected to. One that has been sent goes to another
 * pod only if repeating it is harmless (`non_idempotent` is not among the words), so a metric is never stored twice. The time limit
 * keeps a chart that takes too long from being drawn again on the next pod.
 */
export function routeAnnotations(limits: EffectiveLimits): Annotations {
  const headers = nginxSize(limits.responseHeaders);
  return {
    "nginx.org/ssl-redirect": "true",
    "nginx.org/hsts": "true",
    "nginx.org/hsts-max-age": String(HSTS_MAX_AGE),
    "nginx.org/add-header": Object.entries(securityHeaders)
      // `always`: with error pages as well.
      .map(([name, value]) => `${name}: ${value}: always`)
      .join(", "),
    "nginx.org/proxy-hide-headers": hiddenHeaders.join(", "),
    "nginx.org/server-tokens": "false",
    "nginx.org/client-max-body-size": nginxSize(limits.requestBody),
    "nginx.org/proxy-buffer-size": headers,
    "nginx.org/proxy-buffers": `${RESPONSE_BUFFERS} ${headers}`,
    "nginx.org/proxy-connect-timeout": nginxTime(limits.connectTimeout),
    "nginx.org/proxy-send-timeout": nginxTime(limits.sendTimeout),
    "nginx.org/proxy-read-timeout": nginxTime(limits.readTimeout),
    "nginx.org/proxy-next-upstream": "error timeout",
    "nginx.org/proxy-next-upstream-tries": "2",
    "nginx.org/proxy-next-upstream-timeout": `${2 * seconds(limits.connectTimeout)}s`,
    "nginx.org/keepalive": String(limits.upstreamConnections),
  };
}

/**
 * Limits what one client address may ask for. By annotations and not by a `Policy`: they need no CRD.
 *
 * The trap: the controller logs a value that it cannot read and goes on without a limit, so these are never free text.
 */
export function rateLimitAnnotations({ requestsPerSecond, burst }: RateLimit): Annotations {
  return {
    "nginx.org/limit-req-rate": `${requestsPerSecond}r/s`,
    "nginx.org/limit-req-key": "${binary_remote_addr}",
    "nginx.org/limit-req-zone-size": RATE_LIMIT_ZONE,
    "nginx.org/limit-req-burst": String(burst),
    // Within the burst a request is answered at once and not queued: a queue would look like a slow service.
    "nginx.org/limit-req-no-delay": "true",
    "nginx.org/limit-req-reject-code": "429",
  };
}
