import assert from "node:assert/strict";

import { compareCharts } from "../../../local/charts/compare";
import { describeCharts } from "../../../local/charts/report";
import type { JsonObject } from "../../../local/plugins/kubernetes/properties";
import type { Release } from "../../../local/render/releases";

const operator = (image: string, labels: JsonObject = {}): JsonObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "operator", namespace: "cnpg-system", labels },
  spec: {
    template: {
      spec: {
        containers: [
          { name: "sidecar", image: "log:1" },
          { name: "manager", image },
        ],
      },
    },
  },
});

const config = (data: JsonObject): JsonObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "plugin-barman-cloud-config", namespace: "cnpg-system" },
  data,
});

const release = (version: string, values: JsonObject = {}): Release => ({
  name: "cloudnative-pg",
  namespace: "cnpg-system",
  chart: "cloudnative-pg",
  version,
  values,
});

describe("two renders of a chart", () => {
  it("differ in fields, whose paths name list items as people do", () => {
    const { objects } = compareCharts("other", [operator("operator:1")], [operator("operator:2")]);
    assert.deepEqual(objects, [
      {
        object: "Deployment cnpg-system/operator",
        kind: "changed",
        fields: [{ path: "spec.template.spec.containers[manager].image", from: "operator:1", to: "operator:2" }],
      },
    ]);
  });

  it("differ in list items by themselves, and in nothing else for it; another order is told as one", () => {
    const role = (...verbs: string[]): JsonObject => ({ kind: "Role", metadata: { name: "r" }, rules: [{ verbs }] });
    const fields = (from: JsonObject, to: JsonObject) => compareCharts("other", [from], [to]).objects[0]?.fields;
    assert.deepEqual(fields(role("get", "update"), role("get", "list", "update")), [
      { path: "rules[0].verbs[list]", to: "list" },
    ]);
    assert.deepEqual(fields(role("get", "list"), role("list", "get")), [
      { path: "rules[0].verbs", from: ["get", "list"], to: ["list", "get"] },
    ]);
  });

  it("differ in images, each named once on its side", () => {
    const { images } = compareCharts("other", [operator("operator:1"), config({})], [operator("operator:2")]);
    assert.deepEqual(images, { gone: ["operator:1"], added: ["operator:2"] });
  });

  it("differ in objects that come and go", () => {
    const { objects } = compareCharts("other", [operator("operator:1")], [config({ a: "b" })]);
    assert.deepEqual(
      objects.map(({ object, kind }) => `${kind} ${object}`),
      ["added ConfigMap cnpg-system/plugin-barman-cloud-config", "removed Deployment cnpg-system/operator"],
    );
  });

  it("do not differ where only labels name another version; that is counted", () => {
    const labels = (version: string) => ({ "helm.sh/chart": `c-${version}`, "app.kubernetes.io/version": version });
    const change = compareCharts("other", [operator("o:1", labels("1"))], [operator("o:1", labels("2"))]);
    assert.deepEqual([change.objects, change.relabelled], [[], 1]);
  });

  it("never show what is in a Secret", () => {
    const secret = (key: string): JsonObject => ({ kind: "Secret", metadata: { name: "s" }, data: { key } });
    const change = compareCharts("other", [secret("canary-1")], [secret("canary-2")]);
    assert.deepEqual(change.objects[0]?.fields, [{ path: "data.key" }]);
    assert.ok(!JSON.stringify(change).includes("canary"));
  });

  for (const [what, name, before, after, restarts] of [
    ["another operator image restarts", "cloudnative-pg", operator("operator:1"), operator("operator:2"), true],
    ["another value of the operator does not restart", "cloudnative-pg", config({ a: "1" }), config({ a: "2" }), false],
    ["the same change in another chart does not restart", "cert-manager", operator("o:1"), operator("o:2"), false],
    [
      "another backup sidecar restarts",
      "plugin-barman-cloud",
      config({ SIDECAR_IMAGE: "s:1" }),
      config({ SIDECAR_IMAGE: "s:2" }),
      true,
    ],
    [
      "another image of the plugin itself does not restart",
      "plugin-barman-cloud",
      operator("p:1"),
      operator("p:2"),
      false,
    ],
  ] as const) {
    it(`${what} every database`, () => {
      assert.equal(compareCharts(name, [before], [after]).restarts.length > 0, restarts);
    });
  }
});

describe("the report of changed charts", () => {
  it("says so when there are none", () => {
    assert.deepEqual(describeCharts([]), ["No chart, version or value changes."]);
  });

  it("begins with what restarts databases, then images, then objects and fields", () => {
    const lines = describeCharts([
      { name: "cert-manager", to: { ...release("v1.21.2"), chart: "cert-manager" } },
      {
        name: "cloudnative-pg",
        from: release("0.29.0"),
        to: release("0.29.1"),
        change: compareCharts("cloudnative-pg", [operator("operator:1")], [operator("operator:2")]),
      },
    ]);
    assert.deepEqual(lines, [
      "cloudnative-pg: 0.29.0 -> 0.29.1",
      "  RESTARTS EVERY DATABASE: the operator's image is also the manager inside each of their pods",
      "  image gone:  operator:1",
      "  image added: operator:2",
      "  changed Deployment cnpg-system/operator",
      '    spec.template.spec.containers[manager].image: "operator:1" -> "operator:2"',
      "cert-manager: installed, cert-manager v1.21.2",
    ]);
  });

  it("stays short however many fields change, and shows long text as its lines", () => {
    const data = (value: string) => Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`key${i}`, value]));
    const change = compareCharts("other", [config(data("a\nb"))], [config(data("x"))]);
    const lines = describeCharts([{ name: "other", from: release("1.0.0"), to: release("1.0.0", { a: 1 }), change }]);
    assert.equal(lines[0], "other: 1.0.0, other values");
    assert.equal(lines[2], '    data.key0: 2 lines -> "x"');
    assert.equal(lines.at(-1), "    and 12 more fields");
  });
});
