import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "yaml";
import { toManifests, toYaml } from "../../../local/render/manifests";

const named = (kind: string, name: string, namespace?: string, apiVersion = "v1") => ({
  apiVersion,
  kind,
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
});

describe("the files of a render", () => {
  it("are called after namespace, kind and name, and ordered by that", () => {
    const objects = [
      named("Service", "web", "shop"),
      named("ClusterRole", "system:web", undefined, "rbac.authorization.k8s.io/v1"),
      named("ConfigMap", "web", "shop"),
      named("Namespace", "shop"),
    ];
    const files = toManifests(objects).map(({ file }) => file);
    assert.deepEqual(files, [
      "_cluster/clusterrole-system_web.yaml",
      "_cluster/namespace-shop.yaml",
      "shop/configmap-web.yaml",
      "shop/service-web.yaml",
    ]);
    assert.deepEqual(
      toManifests(objects.reverse()).map(({ file }) => file),
      files,
    );
  });

  it("tell kinds of the same name apart by their group", () => {
    const objects = [
      named("Cluster", "main", "shop", "postgresql.cnpg.io/v1"),
      named("Cluster", "main", "shop", "cluster.x-k8s.io/v1"),
    ];
    assert.deepEqual(
      toManifests(objects).map(({ file }) => file),
      ["shop/cluster.cluster.x-k8s.io-main.yaml", "shop/cluster.postgresql.cnpg.io-main.yaml"],
    );
  });

  it("never stand for two objects", () => {
    const twice = [named("Role", "a:b", "shop"), named("Role", "a_b", "shop")];
    assert.throws(() => toManifests(twice), /two objects of the stack are a Role a:b/);
  });

  it("read as the same text in the older YAML, which kubectl speaks", () => {
    const texts = [
      "yes",
      "on",
      "y",
      "NO",
      "~",
      "null",
      "1:30",
      "0777",
      "0o17",
      "1_000",
      "=",
      "<<",
      "2024-01-01",
      "a: b",
    ];
    const value = Object.fromEntries(texts.map((text, index) => [`key-${index}`, text]));
    for (const version of ["1.1", "1.2"] as const) assert.deepEqual(parse(toYaml(value), { version }), value, version);
    for (const text of ["=", "<<", "0o17"]) assert.match(toYaml({ text }), /: "/);
  });

  it("read back as what was written, whatever it is", () => {
    const value = fc.dictionary(fc.stringMatching(/^[\w./-]{1,20}$/), fc.jsonValue());
    fc.assert(
      fc.property(value, (written) => {
        for (const version of ["1.1", "1.2"] as const) {
          assert.deepEqual(parse(toYaml(written), { version }), JSON.parse(JSON.stringify(written)));
        }
      }),
    );
  });
});
