import assert from "node:assert/strict";

import { differences, type Rendered, renderStack } from "../support/resources";
import { assertGolden, readGolden, updating } from "../support/resources-golden";
import { ledger, vanished } from "../support/resources-ledger";
import { configure, outside, type Variant, variants, without } from "../support/variants";

const render = (variant: Variant): Promise<Rendered> => renderStack("production", configure(variant));

for (const variant of variants) {
  describe(`the stack production as ${variant.name}`, () => {
    const golden = `test/golden/variants/${variant.name}.urns`;
    let stack: Rendered;
    before(async () => {
      stack = await render(variant);
    });

    it("loses no URN without an alias", () => {
      if (!updating) assert.deepEqual(vanished(readGolden(golden), stack.resources), []);
    });

    it("has a complete URN ledger", () => {
      assertGolden(golden, ledger(stack.resources));
    });

    for (const alternative of variant.alternatives) {
      const { key, value, component, touches } = alternative;
      it(`differs by ${key} ${value} in ${component}, and else only in what the choice is known to touch`, async () => {
        const found = differences(await render(without(variant, alternative)), stack);
        assert.deepEqual(outside(component, found), touches);
        // The rule can fail: the component itself is another one, or none at all.
        assert.ok(found.added.length + found.removed.length > 0);
      });
    }
  });
}
