import assert from "node:assert/strict";

import { runtime } from "@pulumi/pulumi";

import { PriorityClasses } from "../../../components/cluster/priority-classes";
import { installMonitor } from "../../support/mocks";

describe("PriorityClasses", () => {
  it("rank data before services before jobs before everybody else, and below the cluster's own pods", async () => {
    const monitor = installMonitor("project", "stack");
    new PriorityClasses("priorities", { namespace: "app" });
    await runtime.disconnect();

    const classes = monitor.recorded
      .filter(({ type }) => type.endsWith(":PriorityClass"))
      .map(
        ({ inputs }) =>
          inputs as { metadata: { name: string }; value: number; preemptionPolicy: string; globalDefault: boolean },
      );
    classes.sort((one, other) => other.value - one.value);
    assert.deepEqual(
      classes.map(({ metadata, preemptionPolicy }) => [metadata.name, preemptionPolicy]),
      [
        ["app-data", "PreemptLowerPriority"],
        ["app-service", "PreemptLowerPriority"],
        ["app-batch", "Never"],
      ],
    );
    // Values of users' classes end here; pods without a class have 0.
    for (const { value, globalDefault } of classes) assert.ok(value > 0 && value <= 1_000_000_000 && !globalDefault);
    assert.equal(new Set(classes.map(({ value }) => value)).size, classes.length);
  });
});
