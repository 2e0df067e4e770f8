import assert from "node:assert/strict";

import { runtime } from "@pulumi/pulumi";

import { ValidationError } from "../../../components/core/errors";
import { AppNamespace } from "../../../components/security/app-namespace";
import { GatewayRouter } from "../../../components/traffic/gateway-router";
import { IngressRouter } from "../../../components/traffic/ingress-router";
import type { RouterArgs } from "../../../components/traffic/traffic-router";
import { traffic } from "../../../infra/config/traffic";
import { installMonitor } from "../../support/mocks";

const { limits, rateLimit, gateway, tls } = traffic.parse({ kind: "ingress", host: "metrics.example.com" });

const makers = {
  IngressRouter: (args: RouterArgs) => new IngressRouter("traffic", { ...args, ingressClass: "nginx" }),
  GatewayRouter: (args: RouterArgs) =>
    new GatewayRouter("traffic", { ...args, gateway, previewHost: "preview.metrics.example.com" }),
};

for (const [kind, make] of Object.entries(makers)) {
  it(`${kind} refuses limits that do not fit its service, before it makes anything`, async () => {
    const monitor = installMonitor("project", "stack");
    await runtime.runInPulumiStack(() => {
      const namespace = new AppNamespace("namespace", { namespace: "app", environment: "local", demands: [] });
      const args: RouterArgs = {
        namespace,
        service: "web",
        active: "blue",
        public: { host: "metrics.example.com", service: "web-blue", port: 3000 },
        tlsSecret: tls.secretName,
        limits: { ...limits, readTimeout: "30 s" },
        rateLimit,
        behind: { longestRequest: "30 s", memory: "512Mi" },
      };
      assert.throws(
        () => make(args),
        (error: unknown) => {
          assert.ok(error instanceof ValidationError);
          assert.deepEqual(error.message.split("\n"), [
            `${kind} traffic has 1 fault:`,
            `  limits.readTimeout is "30 s"; allowed: more than the service's longest request, which is 30 s, and at most 3600 s`,
            "    set it to 35 s",
          ]);
          return true;
        },
      );
      return Promise.resolve();
    });
    await runtime.disconnect();
    assert.ok(!monitor.recorded.some(({ name, custom }) => custom && name.startsWith("traffic")));
  });
}
