import assert from "node:assert/strict";

import { runtime } from "@pulumi/pulumi";

import { AppNamespace } from "../../../components/security/app-namespace";
import { Colour } from "../../../components/workload/colour";
import type { ServiceSettings } from "../../../components/workload/settings";
import { releasedService } from "../../../infra/config/service";
import { installMonitor } from "../../support/mocks";

const spec: ServiceSettings = releasedService.parse({});

function make(settings: ServiceSettings): Colour {
  const namespace = new AppNamespace("namespace", { namespace: "apps", environment: "local", demands: [] });
  return new Colour("web-blue", {
    namespace,
    service: "web",
    colour: "blue",
    image: "web:1",
    version: "1",
    settings,
    configMap: "config",
    after: [],
  });
}

describe("Colour", () => {
  it("refuses settings that do not fit together before it makes anything", async () => {
    const monitor = installMonitor("project", "stack");
    const shutdown = { preStop: "15 s", longestRequest: "30 s", gracePeriod: "30 s" } as const;
    assert.throws(() => make({ ...spec, minAvailable: 5, shutdown }), {
      message: [
        "web-blue has 2 faults:",
        "  minAvailable is 5; allowed: less than autoscaling.minReplicas, which is 3: otherwise no node could be drained",
        "    set it to 2",
        '  shutdown.gracePeriod is "30 s"; allowed: more than 45 s, which is preStop (15 s) and the longest request (30 s) together',
        "    set it to 60 s",
      ].join("\n"),
    });
    await runtime.disconnect();
    assert.deepEqual(
      monitor.recorded.filter(({ type }) => type === "kubernetes:apps/v1:Deployment"),
      [],
    );
  });

  it("names its Deployment and its Service after service and colour", async () => {
    installMonitor("project", "stack");
    assert.equal(make(spec).instance, "web-blue");
    await runtime.disconnect();
  });

  it("lets a rolling update place a pod beside one of the old revision, and blue beside green", async () => {
    const monitor = installMonitor("project", "stack");
    make(spec);
    await runtime.disconnect();

    const deployment = monitor.recorded.find(({ type }) => type === "kubernetes:apps/v1:Deployment");
    const { strategy, template } = deployment?.inputs["spec"] as {
      strategy: unknown;
      template: { spec: { affinity: unknown } };
    };
    assert.deepEqual(strategy, { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } });
    assert.deepEqual(template.spec.affinity, {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          {
            topologyKey: "kubernetes.io/hostname",
            labelSelector: {
              matchLabels: { "app.kubernetes.io/name": "web", "app.kubernetes.io/instance": "web-blue" },
            },
            matchLabelKeys: ["pod-template-hash"],
          },
        ],
      },
    });
  });
});
