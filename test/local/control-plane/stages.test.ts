import { strict as assert } from "node:assert";
import { readFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import type { Crd } from "../../../local/control-plane/crds";
import { kwokConfig, ownStageFiles } from "../../../local/control-plane/stages";

const document = z.object({
  kind: z.string(),
  metadata: z.object({ name: z.string() }).optional(),
  spec: z.object({ resourceRef: z.object({ apiGroup: z.string(), kind: z.string() }) }).optional(),
});

function documentsOf(text: string): z.infer<typeof document>[] {
  return parseAllDocuments(text).map((parsed) => {
    assert.deepEqual(parsed.errors, []);
    return document.parse(parsed.toJS());
  });
}

const refs = (text: string) =>
  documentsOf(text).flatMap(({ spec }) =>
    spec === undefined ? [] : `${spec.resourceRef.apiGroup} ${spec.resourceRef.kind}`,
  );

describe("kwok's stages", () => {
  const certificate: Crd = {
    name: "certificates.cert-manager.io",
    group: "cert-manager.io",
    kind: "Certificate",
    plural: "certificates",
    versions: ["v1"],
    manifest: "",
  };

  it("leave out the kinds that the cluster does not have", () => {
    assert.deepEqual(refs(kwokConfig([], [])).sort(), [
      "networking.k8s.io/v1 Ingress",
      "v1 PersistentVolume",
      "v1 PersistentVolumeClaim",
      "v1 Service",
    ]);
    assert.ok(refs(kwokConfig([], [certificate])).includes("cert-manager.io/v1 Certificate"));
    const other = { ...certificate, versions: ["v2"] };
    assert.ok(!refs(kwokConfig([], [other])).includes("cert-manager.io/v1 Certificate"));
  });

  it("come after the given ones, in one file", () => {
    const folder = mkdtempSync(join(tmpdir(), "stages-"));
    try {
      const given = join(folder, "given.yaml");
      writeFileSync(
        given,
        "---\napiVersion: kwok.x-k8s.io/v1alpha1\nkind: Stage\nmetadata:\n  name: given\nspec:\n  resourceRef: {apiGroup: v1, kind: Pod}\n",
      );
      const kinds = documentsOf(kwokConfig([given], [])).map(({ kind, metadata }) => `${kind} ${metadata?.name ?? ""}`);
      assert.deepEqual(kinds.slice(0, 2), ["KwokConfiguration ", "Stage given"]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("have names of their own", () => {
    const names = ownStageFiles().flatMap((file) =>
      documentsOf(readFileSync(file, "utf8")).map(({ metadata }) => metadata?.name),
    );
    assert.equal(new Set(names).size, names.length);
  });

  for (const file of ownStageFiles()) {
    it(`stop by themselves: ${basename(file)} asks whether the status is there before it writes one`, () => {
      for (const text of readFileSync(file, "utf8").split("---\n")) {
        if (text.includes("root: status")) assert.match(text, /!has\(self\.status/, text);
      }
    });
  }
});
