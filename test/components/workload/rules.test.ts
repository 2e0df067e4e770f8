import assert from "node:assert/strict";

import { formatPath } from "../../../components/core/errors";
import { settingsConflicts } from "../../../components/workload/rules";
import type { ServiceSettings } from "../../../components/workload/settings";
import { releasedService } from "../../../infra/config/service";

const spec: ServiceSettings = releasedService.parse({});

function conflicts(change: Partial<ServiceSettings>): string[] {
  return settingsConflicts({ ...spec, ...change }).map(({ at, allowed }) => `${formatPath(at)}: ${allowed}`);
}

describe("settingsConflicts", () => {
  it("finds nothing wrong with the spec's numbers", () => {
    assert.deepEqual(conflicts({}), []);
  });

  it("wants room between the autoscaler's ends", () => {
    assert.deepEqual(conflicts({ autoscaling: { ...spec.autoscaling, maxReplicas: 2 } }), [
      "autoscaling.maxReplicas: at least autoscaling.minReplicas, which is 3",
    ]);
  });

  it("wants a disruption budget that lets a node be drained", () => {
    assert.deepEqual(conflicts({ minAvailable: 3 }), [
      "minAvailable: less than autoscaling.minReplicas, which is 3: otherwise no node could be drained",
    ]);
    assert.deepEqual(conflicts({ replicas: 2 }), [
      "minAvailable: less than replicas, which is 2: otherwise no node could be drained",
    ]);
  });

  it("lets a service be scaled to nothing", () => {
    assert.deepEqual(conflicts({ replicas: 0 }), []);
  });

  it("wants a grace period longer than the pause and the longest request together", () => {
    assert.deepEqual(conflicts({ shutdown: { preStop: "15 s", longestRequest: "30 s", gracePeriod: "45 s" } }), [
      "shutdown.gracePeriod: more than 45 s, which is preStop (15 s) and the longest request (30 s) together",
    ]);
  });

  it("wants requests within the limits", () => {
    const resources = { requests: { cpu: "1", memory: "1Gi" }, limits: spec.resources.limits } as const;
    assert.deepEqual(conflicts({ resources }), [
      "resources.requests.cpu: at most resources.limits.cpu, which is 500m",
      "resources.requests.memory: at most resources.limits.memory, which is 512Mi",
    ]);
  });

  it("wants two ports", () => {
    assert.deepEqual(conflicts({ metricsPort: 3000 }), ["metricsPort: another port than port, which is 3000"]);
  });

  it("wants a probe to answer before the next one is sent", () => {
    const liveness = { period: "5 s", timeout: "6 s", failures: 3 } as const;
    assert.deepEqual(conflicts({ probes: { ...spec.probes, liveness } }), [
      "probes.liveness.timeout: at most probes.liveness.period, which is 5 s",
    ]);
  });
});
