import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { UserError } from "../../../local/errors";
import { projectRoot } from "../../../local/state";
import { ensureCrds, kwokStages } from "../../../local/toolchain";
import { crdModules } from "../../../local/toolchain/versions";
import { RecordedProgress, Sandbox } from "../../support/fake-tools";

const CRD = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n";

describe("files of Go modules", () => {
  let sandbox: Sandbox;
  let progress: RecordedProgress;

  beforeEach(() => {
    sandbox = new Sandbox();
    progress = new RecordedProgress();
  });

  afterEach(() => {
    sandbox.remove();
  });

  /** A go whose module cache has each CRD module with one CRD, one other object and one file that is no YAML. */
  function goWithModules(sum = (module: string, version: string) => pinnedSum(module, version)): void {
    const cases = crdModules.map(({ module, version, folders }) => {
      const dir = join(sandbox.root, "modules", module);
      for (const folder of folders) {
        mkdirSync(join(dir, folder), { recursive: true });
        writeFileSync(join(dir, folder, "crd.yaml"), `${CRD}# ${module}\n`);
        writeFileSync(join(dir, folder, "policy.yaml"), "kind: ValidatingAdmissionPolicy\n");
        writeFileSync(join(dir, folder, "README.md"), "kind: CustomResourceDefinition\n");
      }
      return `${module}@${version}) echo '{"Dir": "${dir}", "Sum": "${sum(module, version)}"}' ;;`;
    });
    sandbox.script(
      "go",
      `echo called >> '${join(sandbox.root, "called")}'
case "$1" in
env) echo '{"GOVERSION":"go1.26.8"}' ;;
mod) case "$4" in
${cases.join("\n")}
esac ;;
esac`,
    );
  }

  function pinnedSum(module: string, version: string): string {
    const lines = readFileSync(join(projectRoot, "local", "tools", "crds", "go.sum"), "utf8").split("\n");
    return lines.find((line) => line.startsWith(`${module} ${version} h1:`))?.split(" ")[2] ?? "";
  }

  const crds = () => ensureCrds(progress, { env: sandbox.env });

  it("are only the CRDs of each module, copied into the tool cache", async () => {
    goWithModules();
    const files = await crds();
    assert.deepEqual(
      files.map((file) => relative(join(sandbox.cache, "crds"), file).replace(/^[0-9a-f]{16}\//, "")).sort(),
      crdModules.map(({ module, folders }) => `${module}/${folders.join()}/crd.yaml`).sort(),
    );
    for (const file of files) assert(readFileSync(file, "utf8").startsWith(CRD));
    assert.equal(progress.lines[0], "Fetching the operators' CRDs");
  });

  it("need neither Go nor the module cache the second time", async () => {
    goWithModules();
    const first = await crds();
    rmSync(join(sandbox.bin, "go"));
    rmSync(join(sandbox.root, "modules"), { recursive: true });
    assert.deepEqual(await crds(), first);
  });

  it("are fetched again when one of them was cut off", async () => {
    goWithModules();
    const [file] = await crds();
    assert(file !== undefined);
    const whole = readFileSync(file, "utf8");
    writeFileSync(file, whole.slice(0, 10));
    await crds();
    assert.equal(readFileSync(file, "utf8"), whole);
  });

  it("are refused when go.sum pins another content", async () => {
    goWithModules(() => "h1:another=");
    const { module, version } = crdModules[0] ?? assert.fail();
    await assert.rejects(crds(), (error) => {
      assert(error instanceof UserError);
      assert.equal(
        error.message,
        `${module} ${version} is not the one that local/tools/crds/go.sum pins, and was not used`,
      );
      assert.equal(
        error.remedy,
        "remove it from Go's module cache (go clean -modcache), then run the same command again",
      );
      return true;
    });
  });

  it("say what is missing when there is no network", async () => {
    sandbox.script(
      "go",
      `if [ "$1" = env ]; then echo '{"GOVERSION":"go1.26.8"}'; else echo "dial tcp: connection refused"; exit 1; fi`,
    );
    const log = join(sandbox.cache, "logs", "fetch-kwok.log");
    await assert.rejects(kwokStages(progress, { env: sandbox.env }), (error) => {
      assert(error instanceof UserError);
      assert.equal(
        error.message,
        "Fetching sigs.k8s.io/kwok v0.8.0 needs Go modules that are not on this machine, and their proxy cannot be reached",
      );
      assert.equal(
        error.remedy,
        `connect to the network (behind a proxy set HTTPS_PROXY or GOPROXY) and run the same command again; Go's output is in ${log}`,
      );
      return true;
    });
  });
});
