import assert from "node:assert/strict";

import {
  isDnsLabel,
  isDnsSubdomain,
  isHostName,
  isLabelValue,
  nameLimits,
  serviceNameLimit,
} from "../../../components/core/names";

describe("names", () => {
  it("take DNS labels up to their limit and not beyond", () => {
    assert.equal(isDnsLabel("a".repeat(nameLimits.label)), true);
    assert.equal(isDnsLabel("a".repeat(nameLimits.label + 1)), false);
    assert.deepEqual(
      ["1a", "a-", "A", "a.b", "", "a_b"].filter((name) => isDnsLabel(name)),
      [],
    );
  });

  it("leave room for a colour and for the suffix of an auto-named object", () => {
    const longest = "a".repeat(serviceNameLimit);
    assert.equal(isDnsLabel(`${longest}-green`), true);
    assert.equal(isDnsLabel(`${longest}-secrets-01234567`), true);
  });

  it("tell host names from addresses and from single labels", () => {
    assert.equal(isHostName("metrics.example.com"), true);
    assert.deepEqual(
      ["localhost", "10.0.0.1", "*.example.com", "a..b", "-a.b", `${"a".repeat(64)}.com`].filter(isHostName),
      [],
    );
  });

  it("take subdomains and label values as Kubernetes does", () => {
    assert.deepEqual(
      [isDnsSubdomain("a.b-c"), isDnsSubdomain("a."), isLabelValue("1.0.0"), isLabelValue("-1")],
      [true, false, true, false],
    );
  });
});
