import assert from "node:assert/strict";
import fc from "fast-check";
import { generationsOf } from "../../../components/security/password-generations";

/** Which resource holds what at a rotation. */
const at = (rotation: number) =>
  Object.fromEntries(
    generationsOf("cache", rotation).map(({ key, slot, generation }) => [key, `${slot}#${generation}`]),
  );

describe("the generations of a password", () => {
  it("move up by one at a rotation, and only the oldest is made anew", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), (rotation) => {
        const [before, after] = [at(rotation), at(rotation + 1)];
        assert.equal(after["cachePrevious"], before["cache"]);
        assert.equal(after["cache"], before["cacheNext"]);
        assert.equal(new Set(Object.values(after).map((held) => held.split("#")[0])).size, 3);
        assert.equal(after["cacheNext"]?.split("#")[0], before["cachePrevious"]?.split("#")[0]);
      }),
    );
  });

  it("leave the first password where it always was", () => {
    assert.equal(at(1)["cache"], "#1");
  });
});
