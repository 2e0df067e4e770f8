import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { readCrds, standInCrdFiles } from "../../../local/control-plane/crds";
import { ensureCrds } from "../../../local/toolchain";
import { silent } from "../../support/silent";

/** As controller-gen and Helm write them: lists indented or not, comments, quotes. */
const WIDGET = `---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  annotations:
    name: not-this
  # a comment
  name: widgets.example.invalid
spec:
  group: example.invalid
  names:
    kind: Widget
    plural: widgets
  scope: Namespaced
  versions:
  - name: v1beta1
    schema:
      openAPIV3Schema:
        properties:
          kind: {type: string}
  - name: v1
    served: true
`;

const GADGET = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: "gadgets.example.invalid"
spec:
  group: "example.invalid"
  names:
    plural: gadgets
    kind: Gadget
  versions:
    - additionalPrinterColumns: []
      name: v2
`;

describe("the CRDs of an environment", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "crds-"));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  function write(name: string, text: string): string {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  }

  it("are found in files of several documents, beside objects of other kinds", async () => {
    const file = write(
      "all.yaml",
      `${WIDGET}---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n---\n${GADGET}`,
    );
    const { crds } = await readCrds([file]);
    assert.deepEqual(
      crds.map(({ name, group, kind, plural, versions }) => ({ name, group, kind, plural, versions })),
      [
        {
          name: "widgets.example.invalid",
          group: "example.invalid",
          kind: "Widget",
          plural: "widgets",
          versions: ["v1beta1", "v1"],
        },
        {
          name: "gadgets.example.invalid",
          group: "example.invalid",
          kind: "Gadget",
          plural: "gadgets",
          versions: ["v2"],
        },
      ],
    );
  });

  it("have a hash that depends on their text and not on the order of the files", async () => {
    const [one, two] = [write("1.yaml", WIDGET), write("2.yaml", GADGET)];
    const { hash } = await readCrds([one, two]);
    assert.equal((await readCrds([two, one])).hash, hash);
    write("2.yaml", GADGET.replace("v2", "v3"));
    assert.notEqual((await readCrds([one, two])).hash, hash);
  });

  it("are refused where their form is not understood", async () => {
    const file = write("odd.yaml", "kind: CustomResourceDefinition\nmetadata: {name: a.b}\n");
    await assert.rejects(
      readCrds([file]),
      new Error("odd.yaml holds a CustomResourceDefinition in a form that is not understood"),
    );
  });

  it("are read as a YAML parser reads them, all those of the operators", async function () {
    this.timeout(120_000);
    const { crds } = await readCrds(await ensureCrds(silent));
    assert.ok(crds.length > 50, `${crds.length}`);
    const schema = z.object({
      metadata: z.object({ name: z.string() }),
      spec: z.object({
        group: z.string(),
        names: z.object({ kind: z.string(), plural: z.string() }),
        versions: z.array(z.object({ name: z.string() })),
      }),
    });
    // The large ones take a second each to parse; what is read does not depend on their size.
    for (const crd of crds.filter(({ manifest }) => manifest.length < 40_000)) {
      const { metadata, spec } = schema.parse(parse(crd.manifest));
      const { name, group, kind, plural, versions } = crd;
      assert.deepEqual(
        { name, group, kind, plural, versions },
        {
          name: metadata.name,
          group: spec.group,
          ...spec.names,
          versions: spec.versions.map((version) => version.name),
        },
      );
    }
  });

  it("has stand-ins that say what they are, for kinds that no pinned module brings", async () => {
    const files = standInCrdFiles();
    const standIns = await readCrds(files);
    assert.deepEqual(
      standIns.crds.map(({ name }) => name),
      ["policies.k8s.nginx.org"],
    );
    for (const { manifest } of standIns.crds) {
      assert.match(manifest, /^# A stand-in for /);
      const { metadata } = parse(manifest) as { metadata: { labels: Record<string, string> } };
      assert.equal(metadata.labels["local-environment/stand-in"], "true");
    }
  });
});
