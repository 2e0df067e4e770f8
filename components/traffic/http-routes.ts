import { type Duration, seconds } from "../core/units";
import { hiddenHeaders, HSTS_MAX_AGE, securityHeaders } from "./security-headers";
import type { Route } from "./traffic-router";

type Spec = Readonly<Record<string, unknown>>;

interface Backend extends Route {
  /** Its share of the requests, of the sum of all weights. */
  readonly weight: number;
}

interface HttpRouteArgs {
  /** The Gateway that it hangs on. */
  readonly gateway: string;
  readonly host: string;
  readonly backends: readonly Backend[];
  /** @default none: the proxy's own settings say how long it waits */
  readonly timeout?: Duration | undefined;
}

/** The spec of a route over HTTPS to one or more Services. */
export function httpRoute({ gateway, host, backends, timeout }: HttpRouteArgs): Spec {
  return {
    parentRefs: [{ name: gateway, sectionName: "https" }],
    hostnames: [host],
    rules: [
      {
        matches: [{ path: { type: "PathPrefix", value: "/" } }],
        filters: [{ type: "ResponseHeaderModifier", responseHeaderModifier: responseHeaders }],
        ...(timeout === undefined ? {} : { timeouts: { request: `${seconds(timeout)}s` } }),
        // In an order that does not follow the release: a flip is a change of weights.
        backendRefs: [...backends]
          .sort((one, other) => one.service.localeCompare(other.service))
          .map(({ service, port, weight }) => ({ name: service, port, weight })),
      },
    ],
  };
}

const isReplaced = (name: string) => hiddenHeaders.includes(name);
const named = (headers: Readonly<Record<string, string>>) =>
  Object.entries(headers).map(([name, value]) => ({ name, value }));

/** As the Ingress controller does it, `preload` included: what the service says is replaced, but for its content policy. */
const responseHeaders = {
  set: [
    { name: "Strict-Transport-Security", value: `max-age=${HSTS_MAX_AGE}; preload` },
    ...named(securityHeaders).filter(({ name }) => isReplaced(name)),
  ],
  add: named(securityHeaders).filter(({ name }) => !isReplaced(name)),
  remove: hiddenHeaders.filter((name) => !(name in securityHeaders)),
};

/** The spec of a route that sends everyone from HTTP to HTTPS. */
export function redirectRoute(gateway: string, host: string): Spec {
  return {
    parentRefs: [{ name: gateway, sectionName: "http" }],
    hostnames: [host],
    rules: [
      {
        matches: [{ path: { type: "PathPrefix", value: "/" } }],
        filters: [{ type: "RequestRedirect", requestRedirect: { scheme: "https", statusCode: 301 } }],
      },
    ],
  };
}
