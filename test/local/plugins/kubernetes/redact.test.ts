import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { ApiError } from "../../../../local/plugins/kubernetes/api-error";
import { secret } from "../../../../local/plugins/kubernetes/properties";
import { redactor } from "../../../../local/plugins/kubernetes/redact";
import { refusal } from "../../../../local/plugins/kubernetes/refusal";
import { renderManifest } from "../../../../local/plugins/kubernetes/render";

describe("redaction", () => {
  it("takes any secret out of a message, as it is, quoted and as base64", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 6 }), (value) => {
        fc.pre(value.trim() !== "" && !"before between [secret] after".includes(value));
        const base64 = Buffer.from(value).toString("base64");
        const message = redactor({ spec: { token: secret(value) } })(
          `before ${value} between ${JSON.stringify(value)} ${base64} after`,
        );
        return !message.includes(value) && !message.includes(base64);
      }),
    );
  });

  it("takes a Secret's data out decoded, although the inputs do not mark it", () => {
    const item = { apiVersion: "v1", kind: "Secret", data: { a: Buffer.from("hunter22").toString("base64") } };
    assert.equal(redactor(item)('invalid "hunter22" (aHVudGVyMjI=)'), 'invalid "[secret]" ([secret])');
  });

  it("leaves words alone in which a short secret happens to be", () => {
    assert.equal(redactor({ a: secret("a") })('a cat "a"'), '[secret] cat "[secret]"');
  });

  it("leaves a message alone without secrets", () => {
    assert.equal(redactor({ a: "open" })("open"), "open");
  });
});

describe("a refusal", () => {
  const item = { kind: "Secret", metadata: { name: "a", namespace: "b" } };

  it("holds the server's reason and the next step, and no secret, also not as its cause", () => {
    const error = new ApiError(409, { message: 'conflict over "hunter22"', reason: "AlreadyExists" });
    const found = refusal(error, "created", item, redactor({ a: secret("hunter22") }));
    assert.equal(
      found.message,
      'Secret "b/a" was not created; the API server says (AlreadyExists): conflict over "[secret]"\n' +
        "Adopt it with `pulumi import` (or the resource option `import`), give it another name, or set upsertExistingObjects on the provider.",
    );
    assert.equal(found.cause, undefined);
  });
});

describe("a rendered manifest", () => {
  it("holds the object with a marker for each secret, in the official provider's place", () => {
    const folder = mkdtempSync(join(tmpdir(), "render-"));
    try {
      const inputs = {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "a", namespace: "b", labels: { hidden: secret("hunter22"), open: "x" } },
        data: { password: "aHVudGVyMjI=" },
      };
      const path = renderManifest(folder, inputs, inputs);
      assert.equal(path, join(folder, "1-manifest", "v1-secret-b-a.yaml"));
      assert.equal(
        readFileSync(path, "utf8"),
        'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n  namespace: b\n  labels:\n    hidden: "[secret]"\n    open: x\ndata:\n  password: "[secret]"\n',
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
