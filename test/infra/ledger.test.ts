import assert from "node:assert/strict";

import { type ComponentResourceOptions, runtime } from "@pulumi/pulumi";
import { RandomBytes } from "@pulumi/random/randomBytes";
import { format } from "prettier";

import { StackComponent } from "../../components/core/stack-component";
import { configurationDocs } from "../../infra/config/docs";
import { secretDocs } from "../../infra/secret-docs";
import { installMonitor, type Registered } from "../support/mocks";
import { renderStack, stacks } from "../support/resources";
import { assertGolden, readGolden, updating } from "../support/resources-golden";
import { ledger, vanished } from "../support/resources-ledger";

for (const stack of stacks) {
  describe(`the URN ledger of the stack ${stack}`, () => {
    const golden = `test/golden/${stack}.urns`;

    it("loses no URN without an alias", async () => {
      const { resources } = await renderStack(stack);
      if (!updating) assert.deepEqual(vanished(readGolden(golden), resources), []);
    });

    it("is complete", async () => {
      const { resources } = await renderStack(stack);
      assertGolden(golden, ledger(resources));
    });
  });
}

class Vault extends StackComponent {
  constructor(name: string, options?: ComponentResourceOptions) {
    super("security", name, options);
    new RandomBytes(`${name}-key`, { length: 8 }, this.child());
    this.registerOutputs({});
  }
}

async function registered(make: () => unknown): Promise<readonly Registered[]> {
  const monitor = installMonitor("project", "stack");
  await runtime.runInPulumiStack(() => Promise.resolve(make()));
  await runtime.disconnect();
  return monitor.recorded.filter(({ custom, name }) => custom || name !== "project-stack");
}

describe("the URN ledger", () => {
  it("names a renamed component and everything in it, with the alias to add", async () => {
    const before = ledger(await registered(() => new Vault("vault")));
    const after = await registered(() => new Vault("safe"));
    assert.deepEqual(vanished(before, after), [
      [
        "urn:pulumi:stack::project::monitoring:security:Vault$random:index/randomBytes:RandomBytes::vault-key",
        "  is gone: the engine would delete it. If it was renamed or moved, give the resource that it became",
        '  aliases: [{ name: "vault-key", type: "random:index/randomBytes:RandomBytes" }]',
        "  If it is meant to go, rewrite the ledger with UPDATE_GOLDEN=1.",
      ].join("\n"),
      [
        "urn:pulumi:stack::project::monitoring:security:Vault::vault",
        "  is gone: the engine would delete it. If it was renamed or moved, give the resource that it became",
        '  aliases: [{ name: "vault", type: "monitoring:security:Vault" }]',
        "  If it is meant to go, rewrite the ledger with UPDATE_GOLDEN=1.",
      ].join("\n"),
    ]);
  });

  it("accepts a component that is renamed with an alias, and with it everything in it", async () => {
    const before = ledger(await registered(() => new Vault("vault")));
    const after = await registered(() => new Vault("safe", { aliases: [{ name: "vault" }] }));
    assert.deepEqual(vanished(before, after), []);
  });
});

describe("generated documentation", () => {
  /** As `npm run check` wants Markdown to look. */
  const tidy = (text: string) => format(text, { parser: "markdown", printWidth: 120 });

  it("of the configuration is current", async () => {
    assertGolden("docs/configuration.md", await tidy(configurationDocs()));
  });

  it("of the secrets is current", async () => {
    assertGolden("docs/secrets.md", await tidy(secretDocs()));
  });
});
