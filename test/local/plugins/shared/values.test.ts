import { deepEqual, equal } from "node:assert/strict";
import * as fc from "fast-check";
import { diffProperties } from "../../../../local/plugins/shared/diff";
import {
  decode,
  encode,
  hasUnknown,
  reveal,
  secret,
  secretTexts,
  unknown,
} from "../../../../local/plugins/shared/values";
import type { Properties, Value } from "../../../../local/plugins/shared/values";

const { value: anyValue } = fc.letrec<{ value: Value; properties: Properties }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.string(),
    fc.constant(unknown),
    fc.array(tie("value"), { maxLength: 3 }),
    tie("properties"),
    tie("value").map((inner) => secret(inner)),
  ),
  properties: fc.dictionary(fc.string(), tie("value"), { maxKeys: 3, noNullPrototype: true }),
}));
const anyProperties = fc.dictionary(fc.string(), anyValue, { maxKeys: 4, noNullPrototype: true });

describe("property values", () => {
  it("come back from the wire as they went", () => {
    fc.assert(
      fc.property(anyProperties, (properties) => {
        deepEqual(decode(encode(properties)), properties);
      }),
    );
  });

  it("reveals secrets at every depth and finds their texts", () => {
    const value: Value = { a: [secret({ b: "inner" })], c: secret("outer"), d: "plain" };

    deepEqual(reveal(value), { a: [{ b: "inner" }], c: "outer", d: "plain" });
    deepEqual(secretTexts(value), ["inner", "outer"]);
  });

  it("finds an unknown inside of a secret", () => {
    equal(hasUnknown({ a: [secret(unknown)] }), true);
    equal(hasUnknown({ a: [secret("x")] }), false);
  });
});

describe("the difference of inputs", () => {
  it("is nothing between a value and itself, unless something in it is unknown", () => {
    fc.assert(
      fc.property(anyProperties, (properties) => {
        fc.pre(!hasUnknown(properties));
        deepEqual(diffProperties(properties, properties, []), []);
      }),
    );
  });

  it("names each property with the path that the engine uses", () => {
    deepEqual(
      diffProperties(
        {
          same: 1,
          tags: { Name: "a", "app.kubernetes.io/name": "x" },
          rules: [{ port: 1 }, { port: 2 }],
          gone: true,
          __notes: [],
        },
        {
          same: 1,
          tags: { Name: "b", "app.kubernetes.io/name": "y" },
          rules: [{ port: 1 }, { port: 3 }],
          fresh: 1,
          __notes: ["n"],
        },
        ["rules.port", "fresh"],
      ),
      [
        { path: "tags.Name", kind: "update", replaces: false },
        { path: 'tags["app.kubernetes.io/name"]', kind: "update", replaces: false },
        { path: "rules[1].port", kind: "update", replaces: true },
        { path: "gone", kind: "delete", replaces: false },
        { path: "fresh", kind: "add", replaces: true },
      ],
    );
  });

  it("counts an unknown as a change and ignores whether a value is secret", () => {
    deepEqual(diffProperties({ a: "x", b: "y" }, { a: unknown, b: secret("y") }, ["*"]), [
      { path: "a", kind: "update", replaces: true },
    ]);
  });

  it("does not take a longer name for the same property", () => {
    deepEqual(diffProperties({ namePrefix: "a" }, { namePrefix: "b" }, ["name"]), [
      { path: "namePrefix", kind: "update", replaces: false },
    ]);
  });
});
