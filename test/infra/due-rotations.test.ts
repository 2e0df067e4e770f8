import assert from "node:assert/strict";

import { dueRotations } from "../../infra/secrets";

describe("a rotation that is due", () => {
  const rotatedOn = { jwt: "2026-01-01", encryptionKey: "2026-01-01" };
  const on = (day: string) => dueRotations({ rotatedOn }, new Date(day));

  it("is named from the day on that the table sets, and not before", () => {
    assert.deepEqual(on("2026-03-31T23:59:59Z"), []);
    assert.deepEqual(on("2026-04-01T00:00:00Z"), ["jwt (due since 2026-04-01)"]);
    assert.deepEqual(on("2027-01-01"), ["jwt (due since 2026-04-01)", "encryptionKey (due since 2027-01-01)"]);
  });

  it("is not known of a secret without a date", () => {
    assert.deepEqual(dueRotations({ rotatedOn: {} }, new Date("2099-01-01")), []);
  });
});
