import assert from "node:assert/strict";
import * as fc from "fast-check";
import { assignName, isAutonamed, uniqueName } from "../../../../local/plugins/kubernetes/auto-name";
import { normalize, objectId, parseId, toSdkKeys, toServerKeys } from "../../../../local/plugins/kubernetes/objects";
import { text, UNKNOWN, type JsonObject } from "../../../../local/plugins/kubernetes/properties";
import { parseUrn, resourceType } from "../../../../local/plugins/kubernetes/resource-type";

const NO_SEED = new Uint8Array();
const seed = Buffer.from("seed");

describe("the name of an object", () => {
  it("is the resource's with eight hex digits, the same for the same seed", () => {
    const named = assignName({ kind: "ConfigMap" }, undefined, "settings", seed);
    assert.match(text(named, "metadata", "name") ?? "", /^settings-[0-9a-f]{8}$/);
    assert.equal(isAutonamed(named), true);
    assert.equal(uniqueName("a", seed), uniqueName("a", seed));
    assert.notEqual(uniqueName("a", NO_SEED), uniqueName("a", NO_SEED));
  });

  it("stays the one that it was given before", () => {
    const former = assignName({}, undefined, "settings", NO_SEED);
    const later = assignName({ data: { a: "b" } }, former, "settings", NO_SEED);
    assert.equal(text(later, "metadata", "name"), text(former, "metadata", "name"));
  });

  it("is the program's own where it gives one, also when it is not known yet", () => {
    for (const name of ["mine", UNKNOWN]) {
      const inputs = { metadata: { name } };
      assert.deepEqual(assignName(inputs, undefined, "settings", seed), inputs);
    }
    assert.deepEqual(assignName({ metadata: UNKNOWN }, undefined, "settings", seed), { metadata: UNKNOWN });
  });

  it("follows the stack's naming setting", () => {
    const proposed = assignName({}, undefined, "settings", seed, { mode: "propose", name: "team-settings" });
    assert.equal(text(proposed, "metadata", "name"), "team-settings");
    assert.throws(() => assignName({}, undefined, "settings", seed, { mode: "disable" }), {
      message: "autonaming is disabled, resource requires the .metadata.name field to be set",
    });
  });

  it("may not be left to the server", () => {
    assert.throws(() => assignName({ metadata: { generateName: "a-" } }, undefined, "settings", seed), {
      message: "the `.metadata.generateName` field is not supported in Server-Side Apply mode",
    });
  });
});

describe("the normal form of a Secret", () => {
  const secretOf = (fields: JsonObject): JsonObject => ({ apiVersion: "v1", kind: "Secret", ...fields });

  it("has stringData as base64, which wins over data", () => {
    const { data, stringData } = normalize(
      secretOf({ data: { a: "b2xk", b: "a2Vw\ndA==" }, stringData: { a: "new ü" } }),
    );
    assert.deepEqual(data, { a: Buffer.from("new ü").toString("base64"), b: "a2VwdA==" });
    assert.equal(stringData, undefined);
  });

  it("keeps unknown what is unknown, value by value", () => {
    assert.deepEqual(normalize(secretOf({ stringData: { a: UNKNOWN, b: "x" } }))["data"], { a: UNKNOWN, b: "eA==" });
    assert.equal(normalize(secretOf({ stringData: UNKNOWN }))["data"], UNKNOWN);
  });

  it("is its own normal form, for any values", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]+$/), fc.string()), (values) => {
        const once = normalize(secretOf({ stringData: values }));
        assert.deepEqual(normalize(once), once);
      }),
    );
  });
});

describe("an object's identifier", () => {
  for (const [id, namespace, name] of [
    ["app/web", "app", "web"],
    ["space", undefined, "space"],
  ] as const) {
    it(`${id} is read as it is written`, () => {
      assert.deepEqual(parseId(id), { namespace, name });
      assert.equal(objectId({ metadata: { name, ...(namespace === undefined ? {} : { namespace }) } }), id);
    });
  }
});

describe("the keys of a CustomResourceDefinition", () => {
  it("are dashed for the server and underscored for the SDK, and other objects are left alone", () => {
    const apiVersion = "apiextensions.k8s.io/v1";
    const sdk = { apiVersion, kind: "CustomResourceDefinition", spec: { x_kubernetes_preserve_unknown_fields: true } };
    assert.deepEqual(toServerKeys(sdk)["spec"], { "x-kubernetes-preserve-unknown-fields": true });
    assert.deepEqual(toSdkKeys(toServerKeys(sdk)), sdk);
    const other = { apiVersion: "v1", kind: "ConfigMap", data: { x_kubernetes_list_type: "a" } };
    assert.deepEqual(toServerKeys(other), other);
  });
});

describe("a type token", () => {
  it("is read with the core group spelled as the server spells it", () => {
    assert.deepEqual(resourceType("kubernetes:core/v1:Secret"), { is: "object", apiVersion: "v1", kind: "Secret" });
    assert.deepEqual(resourceType("kubernetes:example.com/v1:AllowList"), {
      is: "object",
      apiVersion: "example.com/v1",
      kind: "AllowList",
    });
    assert.deepEqual(resourceType("kubernetes:helm.sh/v3:Release"), { is: "helm-release" });
  });

  it("of a Patch, a list or a component is refused with the reason", () => {
    const refused = (token: string, inputs: JsonObject = {}) => {
      const found = resourceType(token, inputs);
      return found.is === "unsupported" ? found.reason : found.is;
    };
    assert.equal(
      refused("kubernetes:apps/v1:DeploymentPatch", { apiVersion: "apps/v1", kind: "Deployment" }),
      "kubernetes:apps/v1:DeploymentPatch manages single fields of somebody else's object, which the stand-in does not do",
    );
    assert.equal(
      refused("kubernetes:core/v1:ConfigMapList", { apiVersion: "v1", kind: "ConfigMapList", items: [] }),
      "kubernetes:core/v1:ConfigMapList is a list; a list cannot be created, only the objects in it",
    );
    assert.equal(
      refused("kubernetes:helm.sh/v4:Chart"),
      "kubernetes:helm.sh/v4:Chart is a component that the stand-in does not expand",
    );
  });

  it("is found in a URN of a child whose name holds the separator", () => {
    const urn = "urn:pulumi:dev::project::mws:Service$kubernetes:core/v1:Secret::a::b";
    assert.deepEqual(parseUrn(urn), { type: "kubernetes:core/v1:Secret", name: "a::b" });
  });
});
