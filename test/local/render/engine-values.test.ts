import assert from "node:assert/strict";
import { secret } from "../../../local/plugins/kubernetes/properties";
import { readRun } from "../../../local/render/engine-values";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const marked = (value: unknown) => ({
  [SIGNATURE]: "1b47061264138c4ac30d75fd1eb44270",
  plaintext: JSON.stringify(value),
});

const exported = (...resources: readonly object[]) => JSON.stringify({ deployment: { resources } });

describe("what the engine's state says of a run", () => {
  it("is the objects and the charts, with their secrets marked as the plugins mark them", () => {
    const run = readRun(
      exported(
        { urn: "s", type: "pulumi:pulumi:Stack" },
        { urn: "p", type: "pulumi:providers:kubernetes", inputs: {} },
        { urn: "a", type: "kubernetes:core/v1:Secret", inputs: { kind: "Secret", data: marked({ key: "dmFsdWU=" }) } },
        { urn: "b", type: "kubernetes:helm.sh/v3:Release", inputs: { values: { password: marked("s3cret") } } },
      ),
    );
    assert.deepEqual(run.objects, [
      { urn: "a", type: "kubernetes:core/v1:Secret", inputs: { kind: "Secret", data: secret({ key: "dmFsdWU=" }) } },
    ]);
    assert.deepEqual(
      run.releases.map(({ inputs }) => inputs),
      [{ values: { password: secret("s3cret") } }],
    );
  });

  it("leaves out what somebody else has made", () => {
    const run = readRun(exported({ urn: "a", type: "kubernetes:core/v1:Secret", external: true, inputs: {} }));
    assert.deepEqual(run.objects, []);
  });
});
