import assert from "node:assert/strict";
import fc from "fast-check";
import { failoverConflict, failoverTimes, majority, replicasToWrite } from "../../../components/cache/topology";

describe("the cache's topology", () => {
  it("lets one group of servers write at most, however they are divided", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4 }), (half) => {
        const servers = 2 * half + 1;
        const writing = 1 + replicasToWrite(servers);
        assert.ok(2 * writing > servers, "two groups that write would have a server in common");
        assert.ok(writing <= majority(servers), "the loss of a minority does not stop writing");
      }),
    );
  });

  it("stops a primary without replicas before the next one can start", () => {
    assert.equal(failoverConflict(failoverTimes), undefined);
    assert.equal(failoverConflict({ ...failoverTimes, downAfter: "6 s" }), undefined);
    assert.equal(
      failoverConflict({ ...failoverTimes, downAfter: "5 s" }),
      "downAfter is 5 s: at least 6000 ms, or a primary without replicas still writes when the next one starts",
    );
    assert.equal(
      failoverConflict({ ...failoverTimes, maxLag: "1500 ms" }),
      "maxLag is 1500 ms: a server counts whole seconds",
    );
  });
});
