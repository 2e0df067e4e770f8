import assert from "node:assert/strict";

import { runtime } from "@pulumi/pulumi";
import { RandomBytes } from "@pulumi/random/randomBytes";

import { StackComponent } from "../../../components/core/stack-component";
import { installMonitor } from "../../support/mocks";

class Sample extends StackComponent {
  constructor(name: string, child: string, registrations = 1) {
    super("security", name);
    new RandomBytes(child, { length: 8 }, this.child());
    for (let made = 0; made < registrations; made += 1) this.registerOutputs({ child });
  }
}

describe("StackComponent", () => {
  it("takes its type token from the folder and the class", async () => {
    const monitor = installMonitor("project", "stack");
    new Sample("sample", "sample-child");
    await runtime.disconnect();

    assert.deepEqual(monitor.recorded.map(({ urn }) => urn).sort(), [
      "urn:pulumi:stack::project::monitoring:security:Sample$random:index/randomBytes:RandomBytes::sample-child",
      "urn:pulumi:stack::project::monitoring:security:Sample::sample",
    ]);
  });

  it("refuses a child whose name does not start with its own", async () => {
    installMonitor("project", "stack");
    assert.throws(() => new Sample("sample", "other"), {
      message: 'random:index/randomBytes:RandomBytes "other" is a child of "sample": its name must start with "sample"',
    });
    await runtime.disconnect();
  });

  it("registers its outputs once", async () => {
    const monitor = installMonitor("project", "stack");
    new Sample("sample", "sample-child");
    await runtime.disconnect();

    assert.deepEqual([...monitor.outputs.values()], [1]);
  });

  it("refuses to register its outputs twice", async () => {
    installMonitor("project", "stack");
    assert.throws(() => new Sample("sample", "sample-child", 2), { message: "sample registers its outputs twice" });
    await runtime.disconnect();
  });
});
