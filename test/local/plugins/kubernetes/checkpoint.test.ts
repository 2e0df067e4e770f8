import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  checkpoint,
  importedInputs,
  parseCheckpoint,
  refreshedInputs,
} from "../../../../local/plugins/kubernetes/checkpoint";
import { isSecret, secret, type Json, type JsonObject } from "../../../../local/plugins/kubernetes/properties";

const keep = { fieldManager: "pulumi-kubernetes-01234567", initialApiVersion: "v1" };

describe("the state of a resource", () => {
  it("holds the live object, the inputs and who manages it, and is read back as it was", () => {
    const inputs = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: { a: "1" } };
    const live = { ...inputs, metadata: { name: "a", uid: "1" } };
    assert.deepEqual(parseCheckpoint(checkpoint(inputs, live, keep)), { inputs, live, ...keep });
  });

  it("marks the data of a Secret as secret, even where the inputs do not", () => {
    const item = { apiVersion: "v1", kind: "Secret", metadata: { name: "a" }, data: { a: "cGFzcw==" } };
    const state = checkpoint(item, item, keep);
    assert.equal(isSecret(state["data"]), true);
    assert.equal(isSecret((state["__inputs"] as JsonObject)["data"]), true);
    assert.equal(JSON.stringify(parseCheckpoint(state).live), JSON.stringify(item));
  });

  it("marks what was secret in the inputs, in the live object and in the recorded inputs", () => {
    const inputs = { apiVersion: "v1", kind: "ConfigMap", data: { a: secret("hidden"), b: "open" } };
    const state = checkpoint(inputs, { apiVersion: "v1", kind: "ConfigMap", data: { a: "hidden", b: "open" } }, keep);
    assert.deepEqual(state["data"], inputs.data);
    assert.deepEqual((state["__inputs"] as JsonObject)["data"], inputs.data);
  });
});

describe("refreshed inputs", () => {
  const table: readonly (readonly [string, JsonObject, JsonObject, JsonObject, JsonObject])[] = [
    [
      "keep our spelling of a value that the server spells otherwise",
      { cpu: "1000m" },
      { cpu: "1" },
      { cpu: "1" },
      { cpu: "1000m" },
    ],
    ["take over a value that somebody changed", { cpu: "1000m" }, { cpu: "1" }, { cpu: "2" }, { cpu: "2" }],
    ["do not see what was never ours", { a: 1 }, { a: 1, b: 1 }, { a: 1, b: 2, c: 3 }, { a: 1 }],
    ["lose a field that somebody removed", { a: 1, b: 2 }, { a: 1, b: 2 }, { a: 1 }, { a: 1 }],
    [
      "keep a list to which a webhook added at creation",
      { c: [{ name: "web" }] },
      { c: [{ name: "web" }, { name: "proxy" }] },
      { c: [{ name: "web" }, { name: "proxy" }] },
      { c: [{ name: "web" }] },
    ],
    [
      "take over one item of a list",
      { c: [{ name: "web", image: "a" }] },
      { c: [{ name: "web", image: "a", policy: "Always" }] },
      { c: [{ name: "web", image: "b", policy: "Always" }] },
      { c: [{ name: "web", image: "b" }] },
    ],
    ["take over a list that grew", { c: ["a"] }, { c: ["a"] }, { c: ["a", "b"] }, { c: ["a", "b"] }],
  ];
  for (const [sentence, inputs, before, now, expected] of table) {
    it(sentence, () => {
      assert.deepEqual(refreshedInputs(inputs, before, now), expected);
    });
  }

  it("are the old ones while nothing changes in the cluster", () => {
    const tree = fc.dictionary(
      fc.string(),
      fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as Json),
    );
    fc.assert(
      fc.property(tree, tree, (inputs, live) => {
        assert.deepEqual(refreshedInputs({ ...inputs }, { ...live }, { ...live }), { ...inputs });
      }),
    );
  });
});

describe("the inputs of an imported object", () => {
  it("are all of it but for what only the server writes", () => {
    const live = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: {
        name: "a",
        uid: "1",
        resourceVersion: "2",
        managedFields: [],
        creationTimestamp: "",
        annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}" },
      },
      data: { a: "1" },
      status: {},
    };
    assert.deepEqual(importedInputs(live), {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "a" },
      data: { a: "1" },
    });
  });
});
