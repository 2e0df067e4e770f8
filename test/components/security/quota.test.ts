import assert from "node:assert/strict";

import fc from "fast-check";

import { bytes, formatBytes, formatCpu, millicores } from "../../../components/core/units";
import { quotaFor } from "../../../components/security/quota";

/** The Monitoring Web Service in two colours, with the numbers of spec 004. */
const spec = {
  instances: 2,
  mostReplicas: 10,
  leaving: 10,
  requests: { cpu: "100m", memory: "256Mi" },
  limits: { cpu: "500m", memory: "512Mi" },
} as const;

describe("quotaFor", () => {
  it("holds both colours at the autoscaler's maximum in the middle of an update, and four jobs", () => {
    assert.deepEqual(quotaFor([spec]), {
      pods: 2 * (10 + 1 + 10) + 4,
      requestsCpu: "4600m",
      requestsMemory: "11776Mi",
      limitsCpu: "23",
      limitsMemory: "23Gi",
    });
  });

  it("counts nobody who leaves where successors wait for that", () => {
    assert.equal(quotaFor([{ ...spec, instances: 1, mostReplicas: 3, leaving: 0 }]).pods, 3 + 1 + 4);
  });

  it("is nothing where nothing is to run", () => {
    assert.deepEqual([quotaFor([]).pods, quotaFor([]).requestsCpu], [0, "0"]);
  });

  it("never is smaller than what runs at most, for any services", () => {
    const resources = fc.record({
      cpu: fc.integer({ min: 1, max: 64_000 }).map(formatCpu),
      memory: fc.integer({ min: 1, max: 1_000_000 }).map((mebibytes) => formatBytes(mebibytes * 2 ** 20)),
    });
    const demand = fc.record({
      instances: fc.constantFrom(1, 2),
      mostReplicas: fc.integer({ min: 1, max: 100 }),
      leaving: fc.integer({ min: 0, max: 100 }),
      requests: resources,
      limits: resources,
    });
    fc.assert(
      fc.property(fc.array(demand, { minLength: 1, maxLength: 10 }), (demands) => {
        const quota = quotaFor(demands);
        const total = (amount: (one: (typeof demands)[number]) => number) =>
          demands.reduce((sum, one) => sum + one.instances * (one.mostReplicas + 1 + one.leaving) * amount(one), 0);
        assert.ok(quota.pods > total(() => 1));
        assert.ok(millicores(quota.requestsCpu) >= total(({ requests }) => millicores(requests.cpu)));
        assert.ok(bytes(quota.requestsMemory) >= total(({ requests }) => bytes(requests.memory)));
        assert.ok(millicores(quota.limitsCpu) >= total(({ limits }) => millicores(limits.cpu)));
        assert.ok(bytes(quota.limitsMemory) >= total(({ limits }) => bytes(limits.memory)));
      }),
    );
  });
});
