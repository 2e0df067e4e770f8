import assert from "node:assert/strict";
import { notExecuted } from "../docs/allow-list";
import { Checkout } from "../support/checkout";
import { shellBlocks } from "../support/documents";

describe("what the documentation tells a reader to type", function () {
  this.timeout(240_000);
  let checkout: Checkout;

  before(() => {
    checkout = new Checkout();
  });

  after(async () => {
    await checkout.remove();
  });

  for (const { document, line, text } of shellBlocks.filter((block) => !notExecuted.has(block.text))) {
    it(`works: ${document}:${line}: ${text.split("\n").join("; ")}`, async () => {
      const { code, stdout, stderr } = await checkout.shell(text);
      assert.equal(code, 0, stdout + stderr);
    });
  }
});
