import assert from "node:assert/strict";
import { parse } from "yaml";
import { listReleases, toReleases } from "../../../local/render/releases";

describe("the list of Helm releases", () => {
  it("says what would be installed: chart, version, repository and values, by namespace and name", () => {
    const releases = toReleases([
      {
        name: "cert-manager",
        namespace: "cert-manager",
        chart: "cert-manager",
        version: "1.21.2",
        repositoryOpts: { repo: "https://charts.example.com" },
        values: { replicaCount: 2 },
      },
      { name: "proxy", namespace: "a", chart: "oci://charts.example.com/proxy", version: "2.0.0" },
    ]);
    assert.deepEqual(parse(listReleases(releases) ?? ""), [
      { name: "proxy", namespace: "a", chart: "oci://charts.example.com/proxy", version: "2.0.0", values: {} },
      {
        name: "cert-manager",
        namespace: "cert-manager",
        chart: "cert-manager",
        version: "1.21.2",
        repository: "https://charts.example.com",
        values: { replicaCount: 2 },
      },
    ]);
  });

  it("is no file when there is none", () => {
    assert.equal(listReleases([]), undefined);
  });
});
