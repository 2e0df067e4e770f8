import assert from "node:assert/strict";
import fc from "fast-check";
import { planMemory, worstCase } from "../../../components/cache/memory";
import { type Bytes, bytes } from "../../../components/core/units";

const MEBIBYTE = 2 ** 20;

describe("the memory of a cache server", () => {
  it("is divided for the limit of spec 004, 512Mi, into 275 MiB of data and room for what they cost", () => {
    const plan = planMemory("512Mi", 2);
    assert.deepEqual(Object.fromEntries(Object.entries(plan).map(([name, amount]) => [name, amount / MEBIBYTE])), {
      data: 275,
      backlog: 16,
      replicaBuffer: 16,
    });
  });

  it("fits its limit at worst, whatever the limit, and grows with it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 64, max: 65_536 }), fc.constantFrom(0, 2, 4), (mebibytes, replicas) => {
        const limit: Bytes = `${mebibytes}Mi`;
        const plan = planMemory(limit, replicas);
        assert.ok(worstCase(plan, replicas) <= bytes(limit));
        assert.ok(plan.data > 0 && plan.data >= bytes(limit) / 8, `${plan.data} of ${limit}`);
        assert.ok(planMemory(`${mebibytes + 64}Mi`, replicas).data > plan.data);
      }),
    );
  });

  it("is refused where there is none", () => {
    assert.throws(() => planMemory("63Mi", 2), {
      name: "RangeError",
      message: "63Mi is too little memory for a cache; at least 64Mi",
    });
  });
});
