import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { Checkout } from "../support/checkout";

describe("the plain pulumi commands, after the one line of npm run -s env", function () {
  this.timeout(180_000);
  let checkout: Checkout;

  const pulumi = (command: string) =>
    checkout.shell(`eval "$(node local/commands/launch.mjs env)"\npulumi ${command} --stack local --non-interactive`);

  before(async () => {
    checkout = new Checkout();
    const up = await checkout.run("local", ["up"]);
    assert.equal(up.code, 0, up.stderr);
  });

  after(async () => {
    await checkout.remove();
  });

  it("preview, up, refresh and destroy the stack local", async () => {
    for (const [command, expected] of [
      ["preview", /\+ \d+ to create/],
      ["up --yes --skip-preview", /\+ \d+ created/],
      ["preview", /Resources:\n {4}\d+ unchanged\n/],
      ["refresh --yes --skip-preview", /Resources:\n {4}\d+ unchanged\n/],
      ["destroy --yes --skip-preview", /- \d+ deleted/],
    ] as const) {
      const { code, stdout, stderr } = await pulumi(command);
      assert.equal(code, 0, `${command}: ${stderr}${stdout}`);
      assert.match(stdout, expected);
      assert.doesNotMatch(stdout + stderr, /warning/i);
    }
  });

  it("do not type-check: that is npm run check's work", async () => {
    appendFileSync(join(checkout.root, "infra", "outputs.ts"), '\nexport const wrong: number = "text";\n');
    const { code, stdout, stderr } = await pulumi("preview");
    assert.equal(code, 0, stderr + stdout);
  });
});
