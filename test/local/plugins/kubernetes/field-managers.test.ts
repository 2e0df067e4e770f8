import assert from "node:assert/strict";
import { ApiError } from "../../../../local/plugins/kubernetes/api-error";
import { hasCreateManager, takeOver, withIgnored } from "../../../../local/plugins/kubernetes/field-managers";
import type { JsonObject } from "../../../../local/plugins/kubernetes/properties";
import { isConflictWithOurselves } from "../../../../local/plugins/kubernetes/update";

function entry(manager: string, operation: string, fieldsV1: JsonObject, more: JsonObject = {}): JsonObject {
  return { manager, operation, apiVersion: "v1", fieldsType: "FieldsV1", fieldsV1, ...more };
}

function managed(...managedFields: JsonObject[]): JsonObject {
  return { metadata: { managedFields } };
}

const data = (...keys: readonly string[]): JsonObject => ({
  "f:data": Object.fromEntries(keys.map((key) => [`f:${key}`, {}])),
});

describe("the first update of an object", () => {
  it("takes the fields of our creation and of kubectl over, together with those that it has already", () => {
    const live = managed(
      entry("hpa", "Update", data("x")),
      entry("pulumi-kubernetes", "Update", data("a")),
      entry("kubectl", "Apply", data("b")),
      entry("ours", "Apply", data("c")),
    );
    assert.deepEqual(takeOver(live, "ours"), [
      entry("hpa", "Update", data("x")),
      entry("ours", "Apply", data("c", "a", "b")),
    ]);
  });

  it("leaves statuses, and what others apply, to their managers", () => {
    const live = managed(
      entry("pulumi-kubernetes", "Update", data("a"), { subresource: "status" }),
      entry("argocd", "Apply", data("b")),
    );
    assert.equal(takeOver(live, "ours"), undefined);
    assert.equal(hasCreateManager(live), false);
  });
});

describe("an ignored field", () => {
  const inputs = { spec: { replicas: 2, other: 1 } };
  const replicas = { "f:spec": { "f:replicas": {} } };
  const path = [["spec", "replicas"]];

  it("is left to the only one who manages it", () => {
    const live = { ...managed(entry("hpa", "Update", replicas)), spec: { replicas: 7 } };
    assert.deepEqual(withIgnored(inputs, live, "ours", path), { spec: { other: 1 } });
  });

  it("that we manage is sent as it is in the cluster", () => {
    const live = { ...managed(entry("ours", "Apply", replicas)), spec: { replicas: 7 } };
    assert.deepEqual(withIgnored(inputs, live, "ours", path), { spec: { replicas: 7, other: 1 } });
  });

  it("inside a list is sent as the engine gave it", () => {
    assert.deepEqual(withIgnored(inputs, managed(), "ours", [["spec", "containers", 0, "image"]]), inputs);
  });
});

describe("a conflict of a dry run", () => {
  const conflict = (...messages: readonly string[]) =>
    new ApiError(409, { reason: "Conflict", details: { causes: messages.map((message) => ({ message })) } });

  it("is with ourselves only when each field of it is", () => {
    assert.equal(isConflictWithOurselves(conflict('conflict with "pulumi-kubernetes" using v1')), true);
    assert.equal(isConflictWithOurselves(conflict('conflict with "pulumi-kubernetes"', 'conflict with "hpa"')), false);
    assert.equal(isConflictWithOurselves(conflict()), false);
  });
});
