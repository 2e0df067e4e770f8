import assert from "node:assert/strict";
import { secret, UNKNOWN, type JsonObject } from "../../../local/plugins/kubernetes/properties";
import { HIDDEN, NOT_YET_KNOWN, withPlaceholders } from "../../../local/render/placeholders";

/** Both runs agree. */
const shown = (inputs: JsonObject) => withPlaceholders(inputs, inputs);

describe("the placeholders of a render", () => {
  it("hide every text of a secret and keep its form", () => {
    const inputs = { plain: "text", one: secret("s3cret"), many: secret({ a: "x", list: ["y", "z"], none: null }) };
    assert.deepEqual(shown(inputs), {
      value: { plain: "text", one: HIDDEN, many: { a: HIDDEN, list: [HIDDEN, HIDDEN], none: null } },
      faults: [],
    });
  });

  it("hide the values of a Secret whether the program called them secret or not", () => {
    const data = { plain: "aGVsbG8=" };
    const base64 = Buffer.from(HIDDEN).toString("base64");
    for (const values of [data, secret(data)]) {
      const { value } = shown({ apiVersion: "v1", kind: "Secret", data: values, stringData: values });
      assert.deepEqual(value, {
        apiVersion: "v1",
        kind: "Secret",
        data: { plain: base64 },
        stringData: { plain: HIDDEN },
      });
    }
  });

  it("give a Secret that pulls images a content that the API server accepts", () => {
    const { value } = shown({ apiVersion: "v1", kind: "Secret", data: secret({ ".dockerconfigjson": "e30=" }) });
    const { ".dockerconfigjson": text = "" } = value["data"] as Record<string, string>;
    assert.deepEqual(JSON.parse(Buffer.from(text, "base64").toString()), { auths: {} });
  });

  it("say of a secret that is no text that it cannot be shown", () => {
    assert.deepEqual(shown({ spec: { ports: secret([5432]) } }).faults, [
      "spec.ports[0] is a secret number: there is no placeholder for it",
    ]);
  });

  it("mark a text that the preview does not know, wherever it stands", () => {
    const inputs = {
      spec: { host: "http://undefined/", hosts: ["known", "made-up"], all: { a: "made-up", b: ["x"] } },
    };
    const foreseen = { spec: { host: UNKNOWN, hosts: ["known", UNKNOWN], all: UNKNOWN } };
    assert.deepEqual(withPlaceholders(inputs, foreseen), {
      value: {
        spec: {
          host: NOT_YET_KNOWN,
          hosts: ["known", NOT_YET_KNOWN],
          all: { a: NOT_YET_KNOWN, b: [NOT_YET_KNOWN] },
        },
      },
      faults: [],
    });
  });

  it("say of what is not known and no text that it cannot be shown", () => {
    assert.deepEqual(withPlaceholders({ spec: { port: 80 } }, { spec: { port: UNKNOWN } }).faults, [
      "spec.port is a number that is not known before the stack runs",
    ]);
  });

  it("say of what only a cluster can tell, and is therefore not there at all, that it would be missing", () => {
    assert.deepEqual(withPlaceholders({ spec: {} }, { spec: { clusterIP: UNKNOWN } }).faults, [
      "spec.clusterIP would be missing: it is not known before the stack runs",
    ]);
    assert.deepEqual(withPlaceholders({}, { spec: { list: [{ ip: UNKNOWN }] } }).faults, [
      "spec would be missing: it is not known before the stack runs",
    ]);
  });

  it("hide what either run calls a secret", () => {
    assert.deepEqual(withPlaceholders({ a: "x" }, { a: secret("") }).value, { a: HIDDEN });
    assert.deepEqual(withPlaceholders({ a: secret("x") }, { a: UNKNOWN }).value, { a: HIDDEN });
  });
});
