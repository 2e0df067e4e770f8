import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { diffReleases } from "../../../local/charts/diff";
import { chartCrds, renderChart } from "../../../local/charts/helm";
import { describeCharts } from "../../../local/charts/report";
import { UserError } from "../../../local/errors";
import type { JsonObject } from "../../../local/plugins/kubernetes/properties";
import type { Release } from "../../../local/render/releases";
import { ensureTools } from "../../../local/toolchain";
import { silent } from "../../support/silent";

/** A chart as small as one can be that has what real ones have: values, a hook, CRDs in `crds/`. */
const chart: Readonly<Record<string, string>> = {
  "Chart.yaml": "apiVersion: v2\nname: operator\nversion: 1.0.0\n",
  "values.yaml": "tag: '1'\nreplicas: 1\n",
  "templates/deployment.yaml": `apiVersion: apps/v1
kind: Deployment
metadata: {name: operator, namespace: {{ .Release.Namespace }}}
spec:
  replicas: {{ .Values.replicas }}
  template: {spec: {containers: [{name: manager, image: "operator:{{ .Values.tag }}"}]}}
`,
  "templates/check.yaml": `apiVersion: batch/v1
kind: Job
metadata: {name: check, annotations: {helm.sh/hook: post-install}}
spec: {template: {spec: {containers: [{name: check, image: "check:1"}]}}}
`,
  "crds/widgets.yaml": `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.invalid}
`,
};

describe("the charts of two commits", () => {
  let folder: string;
  let helm: string;
  before(async function () {
    // The first time it is built, unless npm test has done so.
    this.timeout(900_000);
    folder = mkdtempSync(join(tmpdir(), "charts-test-"));
    helm = (await ensureTools(["helm"], silent)).helm.path;
    for (const [file, text] of Object.entries(chart)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    }
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const release = (values: JsonObject, changes: Partial<Release> = {}): Release => ({
    name: "cloudnative-pg",
    namespace: "cnpg-system",
    chart: folder,
    version: "1.0.0",
    values,
    ...changes,
  });

  it("are rendered by Helm, with hooks and CRDs", async () => {
    const objects = await renderChart(helm, release({}));
    assert.deepEqual(objects.map((object) => object["kind"]).sort(), ["CustomResourceDefinition", "Deployment", "Job"]);
  });

  it("differ by what a bumped value does to objects, fields and images", async () => {
    const changes = await diffReleases(
      [release({ tag: "1" })],
      [release({ tag: "2", replicas: 2 })],
      () => Promise.resolve(helm),
      silent,
    );
    assert.deepEqual(describeCharts(changes), [
      "cloudnative-pg: 1.0.0, other values",
      "  RESTARTS EVERY DATABASE: the operator's image is also the manager inside each of their pods",
      "  image gone:  operator:1",
      "  image added: operator:2",
      "  changed Deployment cnpg-system/operator",
      "    spec.replicas: 1 -> 2",
      '    spec.template.spec.containers[manager].image: "operator:1" -> "operator:2"',
    ]);
  });

  it("are not rendered, and need no Helm, where nothing differs", async () => {
    const same = release({ tag: "1" });
    const changes = await diffReleases([same], [{ ...same }], () => assert.fail("nobody needs it"), silent);
    assert.deepEqual(changes, []);
  });

  it("come and go as a whole", async () => {
    const none = () => assert.fail("nobody needs it");
    assert.deepEqual(describeCharts(await diffReleases([], [release({})], none, silent)), [
      `cloudnative-pg: installed, ${folder} 1.0.0`,
    ]);
    assert.deepEqual(describeCharts(await diffReleases([release({})], [], none, silent)), [
      "cloudnative-pg: removed; its CRDs and everybody's custom resources stay",
    ]);
  });

  it("tell the CRDs that Helm installs once and never upgrades", async () => {
    assert.match(await chartCrds(helm, release({})), /name: widgets\.example\.invalid/);
  });

  it("are one clear error where a chart cannot be had", async () => {
    const lost = release({}, { chart: "lost", repository: "http://127.0.0.1:1/charts" });
    await assert.rejects(renderChart(helm, lost), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(
        error.message,
        /^The chart of cloudnative-pg \(lost 1\.0\.0 from http:\/\/127\.0\.0\.1:1\/charts\) cannot be rendered here: .*127\.0\.0\.1:1/,
      );
      assert.equal(error.message.split("\n").length, 1);
      assert.equal(error.remedy, "run it where the chart's repository can be reached");
      return true;
    });
  });
});
