import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  equal,
  fromStruct,
  hasSecret,
  hasUnknown,
  isSecret,
  markSecrets,
  plain,
  secret,
  secretStrings,
  toStruct,
  UNKNOWN,
  without,
  withField,
  type Json,
} from "../../../../local/plugins/kubernetes/properties";

// A key called `__proto__` cannot cross the wire: the protocol library, the SDK's own, keeps maps in plain objects.
const json = fc
  .jsonValue({ maxDepth: 4 })
  .map((value) => JSON.stringify(value))
  .filter((text) => !text.includes('"__proto__"'))
  .map((text) => JSON.parse(text) as Json);
const key = fc.string({ minLength: 1 }).filter((text) => text !== "__proto__");
const tree = fc.dictionary(key, json).map((value) => ({ ...value }));

describe("the values of the plugin protocol", () => {
  it("survive the way over the wire", () => {
    fc.assert(fc.property(tree, (value) => equal(fromStruct(toStruct(value)), value)));
  });

  it("lose their secret wrapper in plain form, and nothing else", () => {
    fc.assert(fc.property(json, (value) => equal(plain(secret(value)), value)));
  });

  it("are wrapped once, however often they are marked", () => {
    const once = secret("x");
    assert.equal(isSecret(once), true);
    assert.deepEqual(secret(once), once);
  });

  it("are secret in an output where they are secret in the inputs, and nowhere else", () => {
    const inputs = {
      spec: {
        env: [
          { name: "A", value: secret("1") },
          { name: "B", value: "2" },
        ],
      },
    };
    const live = {
      spec: {
        env: [
          { name: "A", value: "1" },
          { name: "B", value: "2" },
        ],
        phase: "x",
      },
    };
    assert.deepEqual(markSecrets(live, inputs), { spec: { ...inputs.spec, phase: "x" } });
  });

  it("become secret as a whole list when the server's list does not line up with the inputs'", () => {
    const inputs = [{ name: "A", value: secret("1") }];
    const live = [{ name: "injected" }, { name: "A", value: "1" }];
    assert.deepEqual(markSecrets(live, inputs), secret(live));
  });

  it("never leave a secret of the inputs in the open", () => {
    fc.assert(
      fc.property(tree, fc.string({ minLength: 5 }), (value, hidden) => {
        const marked = markSecrets({ ...value, hidden }, { ...value, hidden: secret(hidden) });
        return hasSecret(marked) && secretStrings(marked).includes(hidden);
      }),
    );
  });

  it("are unknown when anything in them is", () => {
    assert.equal(hasUnknown({ a: [{ b: UNKNOWN }] }), true);
    assert.equal(hasUnknown({ a: [{ b: "known" }] }), false);
    assert.equal(plain({ "4dabf18193072939515e22adb298388d": "d0e6a833031e9bbcd3f4e8bde6ca49a4" }), UNKNOWN);
  });

  it("are taken out and put in without touching the rest", () => {
    fc.assert(
      fc.property(tree, (value) => {
        const set = withField(value, ["metadata", "name"], "x");
        return !("metadata" in value) ? equal(without(set, "metadata", "name"), { ...value, metadata: {} }) : true;
      }),
    );
  });
});
