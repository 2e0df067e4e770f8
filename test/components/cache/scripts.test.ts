import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../../local/state";
import { debianPackages, whyNoPackages } from "../../support/cache/debian-packages";

const folder = join(projectRoot, "components", "cache");
const scripts = readdirSync(folder).filter((name) => name.endsWith(".sh"));

describe("the cache's scripts", () => {
  for (const name of scripts) {
    it(`${name} is POSIX shell`, () => {
      execFileSync("sh", ["-n", join(folder, name)]);
    });
  }

  it("have nothing that shellcheck minds", async function () {
    if (whyNoPackages() !== undefined) this.skip();
    const { path } = await debianPackages("shellcheck");
    const bin = path.split(":")[0] ?? "";
    execFileSync(join(bin, "shellcheck"), ["--external-sources", ...scripts.map((name) => join(folder, name))], {
      cwd: projectRoot,
    });
  });

  it("put no password on a command line or into the environment of a pod", () => {
    for (const name of scripts) {
      const text = readFileSync(join(folder, name), "utf8");
      assert.doesNotMatch(text, /--pass\b|valkey-cli[^|\n]* -a |export [A-Z]*AUTH/, name);
    }
  });
});
