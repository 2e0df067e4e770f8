import assert from "node:assert/strict";

import { rateLimitAnnotations, routeAnnotations } from "../../../components/traffic/ingress-annotations";
import { securityHeaders } from "../../../components/traffic/security-headers";
import { effectiveLimits, type TrafficLimits } from "../../../components/traffic/settings";
import { traffic } from "../../../infra/config/traffic";

const { limits, rateLimit } = traffic.parse({ kind: "ingress", host: "metrics.example.com" });

const annotations = (change: Partial<TrafficLimits> = {}) =>
  routeAnnotations(effectiveLimits({ ...limits, ...change }, "30 s"));

describe("the Ingress controller's annotations", () => {
  it("say everything that holds for a route", () => {
    assert.deepEqual(annotations(), {
      "nginx.org/ssl-redirect": "true",
      "nginx.org/hsts": "true",
      "nginx.org/hsts-max-age": "31536000",
      "nginx.org/add-header":
        "X-Content-Type-Options: nosniff: always, X-Frame-Options: DENY: always, " +
        "Content-Security-Policy: frame-ancestors 'none': always, Referrer-Policy: no-referrer: always",
      "nginx.org/proxy-hide-headers": "X-Content-Type-Options, X-Frame-Options, Referrer-Policy, X-Powered-By",
      "nginx.org/server-tokens": "false",
      "nginx.org/client-max-body-size": "1m",
      "nginx.org/proxy-buffer-size": "8k",
      "nginx.org/proxy-buffers": "8 8k",
      "nginx.org/proxy-connect-timeout": "5s",
      "nginx.org/proxy-send-timeout": "15s",
      "nginx.org/proxy-read-timeout": "35s",
      "nginx.org/proxy-next-upstream": "error timeout",
      "nginx.org/proxy-next-upstream-tries": "2",
      "nginx.org/proxy-next-upstream-timeout": "10s",
      "nginx.org/keepalive": "32",
    });
  });

  it("limit each client address, and answer 429", () => {
    assert.deepEqual(rateLimitAnnotations(rateLimit), {
      "nginx.org/limit-req-rate": "300r/s",
      "nginx.org/limit-req-key": "${binary_remote_addr}",
      "nginx.org/limit-req-zone-size": "10m",
      "nginx.org/limit-req-burst": "600",
      "nginx.org/limit-req-no-delay": "true",
      "nginx.org/limit-req-reject-code": "429",
    });
  });

  it("never repeat a request that may have been carried out", () => {
    assert.ok(!annotations()["nginx.org/proxy-next-upstream"]?.includes("non_idempotent"));
    assert.ok(!/http_\d/.test(annotations()["nginx.org/proxy-next-upstream"] ?? ""));
  });

  it("wait as long as they are told to, rather than as long as the service may take", () => {
    assert.equal(annotations({ readTimeout: "2 minutes" })["nginx.org/proxy-read-timeout"], "120s");
  });

  it("can be taken apart by the controller, which separates by commas and colons", () => {
    for (const [name, value] of Object.entries(securityHeaders)) assert.match(`${name}${value}`, /^[^,:$"\\]+$/);
  });
});
