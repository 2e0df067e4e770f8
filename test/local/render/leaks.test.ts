import assert from "node:assert/strict";
import { UserError } from "../../../local/errors";
import { refuseLeaks } from "../../../local/render/leaks";

const SECRET = "correct-horse-battery";

describe("a secret in a render", () => {
  for (const [form, text] of [
    ["as it is", `url: "postgres://user:${SECRET}@host"`],
    ["as base64", `data: ${Buffer.from(SECRET).toString("base64")}`],
  ] as const) {
    it(`is found ${form}, and the file is named without it`, () => {
      const files = new Map([
        ["shop/configmap-a.yaml", text],
        ["shop/configmap-b.yaml", "data: {}"],
      ]);
      assert.throws(
        () => {
          refuseLeaks(files, SECRET);
        },
        (error: unknown) =>
          error instanceof UserError &&
          error.message.endsWith("nothing was written: shop/configmap-a.yaml") &&
          !error.message.includes(SECRET),
      );
    });
  }

  it("is not found where there is none", () => {
    refuseLeaks(new Map([["shop/configmap-a.yaml", "data: {port: 5432}"]]), SECRET);
  });
});
