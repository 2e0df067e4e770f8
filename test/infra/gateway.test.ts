import assert from "node:assert/strict";

import type { Edge } from "../../components/security/network-edges";
import { loadConfig } from "../../infra/config";
import { derive } from "../../infra/derive";
import { installMonitor } from "../support/mocks";
import { at, configOf, type ConfigValues, find, installConfig, type Rendered, renderStack } from "../support/resources";

const byGateway = (config: ConfigValues) => {
  config["traffic"] = { ...(config["traffic"] as object), kind: "gateway" };
};

const FRONT = "monitoring-web-service";
const PREVIEW = "monitoring-web-service-preview";

describe("the traffic by Gateway API in the stack staging", () => {
  let stack: Rendered;
  before(async () => {
    stack = await renderStack("staging", byGateway);
  });

  const spec = (kind: string, name: string, ...path: readonly (string | number)[]) =>
    at(find(stack, kind, name), "spec", ...path);
  const waitFor = (kind: string, name: string) =>
    at(find(stack, kind, name), "metadata", "annotations", "pulumi.com/waitFor");
  const target = (name: string) => ({ group: "gateway.networking.k8s.io", kind: "Gateway", name });

  it("comes in at two Gateways, the public one also over HTTP", () => {
    const listeners = (gateway: string) =>
      (spec("Gateway", gateway, "listeners") as readonly { name: string; port: number; hostname: string }[]).map(
        ({ name, port, hostname }) => `${name} ${port} ${hostname}`,
      );
    assert.deepEqual(listeners(FRONT), [
      "http 80 metrics.staging.example.com",
      "https 443 metrics.staging.example.com",
    ]);
    assert.deepEqual(listeners(PREVIEW), ["https 443 preview.metrics.staging.example.com"]);
    assert.deepEqual(spec("Gateway", PREVIEW, "listeners", 0, "tls"), {
      mode: "Terminate",
      certificateRefs: [{ name: "monitoring-web-service-tls" }],
      options: { "nginx.org/ssl-protocols": "TLSv1.2 TLSv1.3" },
    });
  });

  it("goes to the active colour, with the idle one's pods known to the same proxy", () => {
    assert.deepEqual(spec("HTTPRoute", FRONT, "rules", 0, "backendRefs"), [
      { name: "monitoring-web-service-blue", port: 3000, weight: 100 },
      { name: "monitoring-web-service-green", port: 3000, weight: 0 },
    ]);
    assert.deepEqual(spec("HTTPRoute", PREVIEW, "rules", 0, "backendRefs"), [
      { name: "monitoring-web-service-green", port: 3000, weight: 100 },
    ]);
  });

  it("is sent from HTTP to HTTPS", () => {
    assert.deepEqual(spec("HTTPRoute", `${FRONT}-redirect`), {
      parentRefs: [{ name: FRONT, sectionName: "http" }],
      hostnames: ["metrics.staging.example.com"],
      rules: [
        {
          matches: [{ path: { type: "PathPrefix", value: "/" } }],
          filters: [{ type: "RequestRedirect", requestRedirect: { scheme: "https", statusCode: 301 } }],
        },
      ],
    });
  });

  it("gets the security headers; the service's own content policy stays", () => {
    assert.deepEqual(spec("HTTPRoute", FRONT, "rules", 0, "filters"), [
      {
        type: "ResponseHeaderModifier",
        responseHeaderModifier: {
          set: [
            { name: "Strict-Transport-Security", value: "max-age=31536000; preload" },
            { name: "X-Content-Type-Options", value: "nosniff" },
            { name: "X-Frame-Options", value: "DENY" },
            { name: "Referrer-Policy", value: "no-referrer" },
          ],
          add: [{ name: "Content-Security-Policy", value: "frame-ancestors 'none'" }],
          remove: ["X-Powered-By"],
        },
      },
    ]);
  });

  it("reaches the preview from the operators' networks alone: at the load balancer and at the pods", () => {
    const ranges = (gateway: string) =>
      spec("NginxProxy", gateway, "kubernetes", "service", "loadBalancerSourceRanges");
    assert.deepEqual(ranges(PREVIEW), ["203.0.113.0/24"]);
    assert.equal(ranges(FRONT), undefined);
    assert.deepEqual(spec("NetworkPolicy", "preview-gateway", "ingress", 0), {
      from: [{ ipBlock: { cidr: "203.0.113.0/24" } }],
      ports: [{ port: 443, protocol: "TCP" }],
    });
  });

  it("finds no preview that is open for a moment: the proxy's settings come first, and are waited for", () => {
    for (const gateway of [FRONT, PREVIEW]) {
      assert.ok(find(stack, "Gateway", gateway).dependencies.includes(find(stack, "NginxProxy", gateway).urn));
      assert.equal(waitFor("Gateway", gateway), '["condition=Programmed","condition=ResolvedRefs"]');
    }
  });

  it("finds no route before what limits it is accepted", () => {
    const accepted = 'jsonpath={.status.ancestors[0].conditions[?(@.type=="Accepted")].status}=True';
    const policies = [
      find(stack, "RateLimitPolicy", FRONT),
      find(stack, "ClientSettingsPolicy", FRONT),
      find(stack, "ClientSettingsPolicy", PREVIEW),
      find(stack, "ProxySettingsPolicy", FRONT),
    ];
    for (const policy of policies) {
      assert.equal(at(policy, "metadata", "annotations", "pulumi.com/waitFor"), accepted);
      for (const route of [FRONT, PREVIEW, `${FRONT}-redirect`]) {
        assert.ok(find(stack, "HTTPRoute", route).dependencies.includes(policy.urn));
      }
    }
    assert.equal(
      waitFor("HTTPRoute", FRONT),
      JSON.stringify([
        'jsonpath={.status.parents[0].conditions[?(@.type=="Accepted")].status}=True',
        'jsonpath={.status.parents[0].conditions[?(@.type=="ResolvedRefs")].status}=True',
      ]),
    );
  });

  it("has the same limits as by Ingress", () => {
    assert.deepEqual(spec("RateLimitPolicy", FRONT), {
      targetRefs: [target(FRONT)],
      rateLimit: {
        rejectCode: 429,
        local: {
          rules: [{ key: "$binary_remote_addr", zoneSize: "10m", rate: "300r/s", burst: 600, noDelay: true }],
        },
      },
    });
    assert.deepEqual(spec("ClientSettingsPolicy", FRONT), { targetRef: target(FRONT), body: { maxSize: "1m" } });
    assert.deepEqual(spec("ProxySettingsPolicy", FRONT), {
      targetRefs: [target(FRONT), target(PREVIEW)],
      buffering: { bufferSize: "8k", buffers: { number: 8, size: "8k" } },
      timeout: { connect: "5s", send: "15s", read: "35s" },
    });
    assert.deepEqual(spec("UpstreamSettingsPolicy", "monitoring-web-service-green"), {
      targetRefs: [{ group: "core", kind: "Service", name: "monitoring-web-service-green" }],
      keepAlive: { connections: 32 },
    });
    // The proxy would leave them aside.
    assert.equal(spec("HTTPRoute", FRONT, "rules", 0, "timeouts"), undefined);
  });

  it("lets a proxy's pod finish what it has begun", () => {
    const deployment = ["kubernetes", "deployment"] as const;
    assert.equal(spec("NginxProxy", FRONT, ...deployment, "pod", "terminationGracePeriodSeconds"), 55);
    assert.deepEqual(spec("NginxProxy", FRONT, ...deployment, "container", "lifecycle"), {
      preStop: { sleep: { seconds: 15 } },
    });
  });

  it("has room for its proxies and their load balancers in the quota", async () => {
    const hard = (one: Rendered) =>
      at(find(one, "ResourceQuota", "quota"), "spec", "hard") as Readonly<Record<string, string>>;
    const before = hard(await renderStack("staging"));
    const now = hard(stack);
    // Two proxies of two pods each; in the middle of an update one more, and two that are leaving.
    assert.equal(Number(now["pods"]) - Number(before["pods"]), 10);
    assert.equal(before["services.loadbalancers"], "0");
    assert.deepEqual([now["services.loadbalancers"], now["services.nodeports"]], ["2", "3"]);
  });

  it("opens exactly the ways that the proxies take", () => {
    installMonitor("monitoring-web-service", "staging");
    const values = configOf("staging");
    byGateway(values);
    installConfig(values);
    const show = ({ from, to, ports }: Edge) => `${from.name} -> ${to.name} ${ports.map(({ port }) => port).join("+")}`;
    const edges = derive(loadConfig()).edges.map(show);
    assert.deepEqual(
      edges.filter((edge) => / (public|preview)-gateway|^(public|preview)-gateway/.test(edge)),
      [
        "public-gateway -> monitoring-web-service 3000",
        "preview-gateway -> monitoring-web-service 3000",
        "clients -> public-gateway 80+443",
        "operators -> preview-gateway 443",
        "public-gateway -> NGINX Gateway Fabric 8443",
        "Prometheus -> public-gateway 9113",
        "preview-gateway -> NGINX Gateway Fabric 8443",
        "Prometheus -> preview-gateway 9113",
      ],
    );
  });

  it("uses standard objects alone without extensions, and waits as the routes themselves say", async () => {
    const standard = await renderStack("local", (config) => {
      config["traffic"] = { ...(config["traffic"] as object), kind: "gateway", gateway: { extensions: "none" } };
    });
    assert.ok(!standard.resources.some(({ type }) => type.includes("nginx.org")));
    assert.deepEqual(at(find(standard, "HTTPRoute", FRONT), "spec", "rules", 0, "timeouts"), { request: "35s" });
    assert.equal(
      at(find(standard, "Gateway", FRONT), "metadata", "annotations", "pulumi.com/waitFor"),
      "condition=Programmed",
    );
  });
});
