import assert from "node:assert/strict";

import fc from "fast-check";

import { bytes, formatBytes, formatCpu, millicores } from "../../../components/core/units";
import { quotaFor } from "../../../components/security/quota";

/** The Monitoring Web Service in two colours, with the numbers of spec 004. */
const spec = {
  instances: 2,
  mostReplicas: 10,
  requests: { cpu: "100m", memory: "256Mi" },
  limits: { cpu: "500m", memory: "512Mi" },
} as const;

describe("quotaFor", () => {
  it("holds both colours at the autoscaler's maximum in the middle of an update, and a fifth more", () => {
    assert.deepEqual(quotaFor([spec]), {
      pods: 26,
      requestsCpu: "2640m",
      requestsMemory: "6759Mi",
      limitsCpu: "13200m",
      limitsMemory: "13517Mi",
    });
  });

  it("never is smaller than what runs at most, for any services", () => {
    const resources = fc.record({
      cpu: fc.integer({ min: 1, max: 64_000 }).map(formatCpu),
      memory: fc.integer({ min: 1, max: 1_000_000 }).map((mebibytes) => formatBytes(mebibytes * 2 ** 20)),
    });
    const demand = fc.record({
      instances: fc.constantFrom(1, 2),
      mostReplicas: fc.integer({ min: 1, max: 100 }),
      requests: resources,
      limits: resources,
    });
    fc.assert(
      fc.property(fc.array(demand, { minLength: 1, maxLength: 10 }), (demands) => {
        const quota = quotaFor(demands);
        const pods = demands.map(({ instances, mostReplicas }) => instances * (mostReplicas + 1));
        const total = (amount: (index: number) => number) =>
          pods.reduce((sum, count, index) => sum + count * amount(index), 0);
        assert.ok(quota.pods > pods.reduce((sum, count) => sum + count, 0));
        assert.ok(millicores(quota.requestsCpu) >= total((index) => millicores(demands[index]?.requests.cpu ?? "1m")));
        assert.ok(bytes(quota.limitsMemory) >= total((index) => bytes(demands[index]?.limits.memory ?? "1Mi")));
      }),
    );
  });
});
