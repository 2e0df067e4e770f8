import assert from "node:assert/strict";
import * as fc from "fast-check";
import { diffInputs, formatPath, parsePath } from "../../../../local/plugins/kubernetes/diff";
import { UNKNOWN, type Json, type JsonObject } from "../../../../local/plugins/kubernetes/properties";

const immutable = { configMapMutable: false, secretMutable: false };
const mutable = { configMapMutable: true, secretMutable: true };

function kind(apiVersion: string, name: string, fields: JsonObject = {}): JsonObject {
  return { apiVersion, kind: name, metadata: { name: "web", namespace: "app" }, ...fields };
}

/** `+ path`, `- path`, `~ path`, with `!` where the object is replaced. */
function changes(olds: JsonObject, news: JsonObject, settings = immutable, ignored: readonly string[] = []): string[] {
  const signs = { add: "+", delete: "-", update: "~" };
  return diffInputs(olds, news, settings, ignored).changes.map(
    (change) => `${signs[change.kind]} ${formatPath(change.path)}${change.replace ? " !" : ""}`,
  );
}

describe("the difference of inputs", () => {
  const table: readonly (readonly [string, JsonObject, JsonObject, readonly string[]])[] = [
    [
      "names the leaf that changed",
      kind("apps/v1", "Deployment", { spec: { template: { spec: { containers: [{ name: "a", image: "a:1" }] } } } }),
      kind("apps/v1", "Deployment", { spec: { template: { spec: { containers: [{ name: "a", image: "a:2" }] } } } }),
      ["~ spec.template.spec.containers[0].image"],
    ],
    [
      "replaces a Deployment whose selector changed",
      kind("apps/v1", "Deployment", { spec: { selector: { matchLabels: { app: "a" } } } }),
      kind("apps/v1", "Deployment", { spec: { selector: { matchLabels: { app: "b" } } } }),
      ["~ spec.selector.matchLabels.app !"],
    ],
    [
      "does not replace a Deployment for a spec that is wholly unknown",
      kind("apps/v1", "Deployment", { spec: { selector: { matchLabels: { app: "a" } } } }),
      kind("apps/v1", "Deployment", { spec: UNKNOWN }),
      ["~ spec"],
    ],
    [
      "takes an unknown leaf of a selector for a change of it",
      kind("apps/v1", "Deployment", { spec: { selector: { matchLabels: { app: "a", b: "b" } } } }),
      kind("apps/v1", "Deployment", { spec: { selector: { matchLabels: { app: UNKNOWN, b: "b" } } } }),
      ["~ spec.selector.matchLabels.app !"],
    ],
    [
      "replaces a Service whose cluster IP changed, and not one whose selector did",
      kind("v1", "Service", { spec: { clusterIP: "10.0.0.1", selector: { a: "a" } } }),
      kind("v1", "Service", { spec: { clusterIP: "10.0.0.2", selector: { a: "b" } } }),
      ["~ spec.clusterIP !", "~ spec.selector.a"],
    ],
    [
      "replaces a Job whose template changed",
      kind("batch/v1", "Job", { spec: { template: { spec: { a: 1 } } } }),
      kind("batch/v1", "Job", { spec: { template: { spec: { a: 2 } } } }),
      ["~ spec.template.spec.a !"],
    ],
    [
      "grows a claim in place, and replaces it for another class or access mode",
      kind("v1", "PersistentVolumeClaim", { spec: { size: "1Gi", storageClassName: "a", accessModes: ["A"] } }),
      kind("v1", "PersistentVolumeClaim", { spec: { size: "2Gi", storageClassName: "b", accessModes: ["B"] } }),
      ["~ spec.accessModes[0] !", "~ spec.size", "~ spec.storageClassName !"],
    ],
    [
      "replaces a binding that refers to another role",
      kind("rbac.authorization.k8s.io/v1", "RoleBinding", { roleRef: { name: "a" }, subjects: [] }),
      kind("rbac.authorization.k8s.io/v1", "RoleBinding", { roleRef: { name: "b" }, subjects: [{ name: "x" }] }),
      ["~ roleRef.name !", "+ subjects[0]"],
    ],
    [
      "replaces a Secret of another type",
      kind("v1", "Secret", { type: "Opaque" }),
      kind("v1", "Secret", { type: "kubernetes.io/tls" }),
      ["~ type !"],
    ],
    [
      "sees no difference between nothing, null and an empty map",
      kind("v1", "ConfigMap"),
      kind("v1", "ConfigMap", { data: {}, binaryData: null }),
      [],
    ],
    [
      "treats the namespace default as none",
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } },
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "default" } },
      [],
    ],
    [
      "replaces in another namespace",
      kind("v1", "ConfigMap"),
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "web", namespace: "other" } },
      ["~ metadata.namespace !"],
    ],
    [
      "leaves a custom resource of a built-in kind's name alone",
      kind("serving.example.com/v1", "Service", { spec: { clusterIP: "a" } }),
      kind("serving.example.com/v1", "Service", { spec: { clusterIP: "b" } }),
      ["~ spec.clusterIP"],
    ],
  ];
  for (const [sentence, olds, news, expected] of table) {
    it(sentence, () => {
      assert.deepEqual(changes(olds, news), expected);
    });
  }

  for (const name of ["ConfigMap", "Secret"]) {
    it(`replaces a ${name} for its data, unless the provider may change it in place`, () => {
      const olds = kind("v1", name, { data: { "a.conf": "1" } });
      const news = kind("v1", name, { data: { "a.conf": "2" } });
      assert.deepEqual(changes(olds, news), ['~ data["a.conf"] !']);
      assert.deepEqual(changes(olds, news, mutable), ['~ data["a.conf"]']);
      assert.deepEqual(changes(olds, { ...news, immutable: true }, mutable), ['~ data["a.conf"] !', "+ immutable"]);
    });
  }

  it("deletes first only where the new object takes the old one's name", () => {
    const olds = kind("v1", "ConfigMap", { data: { a: "1" } });
    const news = kind("v1", "ConfigMap", { data: { a: "2" } });
    const annotations = { "pulumi.com/autonamed": "true" };
    const autonamed = { ...news, metadata: { name: "web", namespace: "app", annotations } };
    const renamed = { ...news, metadata: { name: "new", namespace: "app" } };
    const moved = { ...news, metadata: { name: "web", namespace: "other" } };
    const first = (item: JsonObject) => diffInputs(olds, item, immutable).deleteBeforeReplace;
    assert.deepEqual([news, autonamed, renamed, moved].map(first), [true, false, false, false]);
    assert.equal(diffInputs(olds, news, mutable).deleteBeforeReplace, false);
  });

  it("leaves out what is to be ignored, with wildcards", () => {
    const olds = kind("apps/v1", "Deployment", { spec: { replicas: 1, c: [{ image: "a" }, { image: "b" }] } });
    const news = kind("apps/v1", "Deployment", { spec: { replicas: 2, c: [{ image: "x" }, { image: "y" }] } });
    assert.deepEqual(changes(olds, news, immutable, ["spec.replicas", "spec.c[*].image"]), []);
    assert.deepEqual(changes(olds, news, immutable, ["spec.c[0]"]), ["~ spec.c[1].image", "~ spec.replicas"]);
  });

  it("is empty for equal inputs, whatever they are", () => {
    const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as Json);
    fc.assert(
      fc.property(fc.dictionary(fc.string(), json), (fields) => {
        const item = kind("v1", "ConfigMap", { ...fields });
        return diffInputs(item, structuredClone(item), immutable).changes.length === 0;
      }),
    );
  });

  it("is the same the other way round, with additions and deletions exchanged", () => {
    const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as Json);
    const opposite: Record<string, string> = { "+": "-", "-": "+", "~": "~" };
    fc.assert(
      fc.property(json, json, (left, right) => {
        const there = changes({ x: left }, { x: right });
        const back = changes({ x: right }, { x: left });
        const turned = back.map((change) => `${opposite[change.charAt(0)] ?? ""}${change.slice(1)}`);
        assert.deepEqual(there, turned);
      }),
    );
  });
});

describe("a property path", () => {
  it("is read as it is written", () => {
    const part = fc.oneof(fc.nat(50), fc.stringMatching(/^[a-z][a-z0-9./ -]{0,8}$/));
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{1,5}$/), fc.array(part), (first, rest) => {
        assert.deepEqual(parsePath(formatPath([first, ...rest])), [first, ...rest]);
      }),
    );
  });
});
