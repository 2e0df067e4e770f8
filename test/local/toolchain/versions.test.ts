import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../../local/state";
import {
  checkov,
  crdModules,
  nodePins,
  refereeNames,
  stageModule,
  toolNames,
  tools,
} from "../../../local/toolchain/versions";

const toolFile = (module: string, file: string) =>
  readFileSync(join(projectRoot, "local", "tools", module, file), "utf8");

/** The version that a go.mod requires of the module that holds `goPackage`. */
function requiredVersion(goModule: string, goPackage: string): string | undefined {
  const required = [...toolFile(goModule, "go.mod").matchAll(/^\s*(?:require )?(\S+) (v\S+)/gm)];
  const holders = required.filter(([, module]) => goPackage === module || goPackage.startsWith(`${module ?? ""}/`));
  return holders.sort(([, a = ""], [, b = ""]) => b.length - a.length)[0]?.[2];
}

describe("the table of versions", () => {
  for (const name of [...toolNames, ...refereeNames]) {
    const spec = tools[name];

    it(`and go.mod name the same version of ${name}`, () => {
      assert.equal(requiredVersion(spec.goModule, spec.goPackage), spec.version);
      assert(toolFile(spec.goModule, "go.mod").includes(spec.goPackage), "its needs are kept by a tool line");
    });

    it(`gives ${name} its own version in every flag and link that carries one`, () => {
      const versions = [...spec.ldflags.matchAll(/ersion=(\S+)/g)].map(([, version]) => version);
      for (const version of versions) assert.equal(version, spec.version);
      for (const download of Object.values(spec.downloads)) {
        assert(download.url.includes(spec.version), download.url);
        assert.match(download.sha256, /^[0-9a-f]{64}$/);
      }
    });
  }

  for (const { goModule, module, version } of [...crdModules, stageModule]) {
    it(`and go.sum pin the content of ${module}`, () => {
      assert.equal(requiredVersion(goModule, module), version);
      assert(
        toolFile(goModule, "go.sum")
          .split("\n")
          .some((line) => line.startsWith(`${module} ${version} h1:`)),
      );
    });
  }

  it("and its requirements name the same version of checkov, and pin the content of all that it needs", () => {
    const lines = toolFile("checkov", "requirements.txt")
      .replaceAll("\\\n", "")
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"));
    assert(lines.some((line) => line.startsWith(`checkov==${checkov.version} `)));
    for (const line of lines) assert.match(line, /^[a-z0-9-]+==[^ ]+ (; .* )? *(--hash=sha256:[0-9a-f]{64} *)+$/);
  });

  it("brings a Node that is new enough for every platform, pinned by its integrity", () => {
    assert.deepEqual(Object.keys(nodePins.packages).sort(), ["darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64"]);
    for (const { version, integrity } of Object.values(nodePins.packages)) {
      assert(version.localeCompare(nodePins.minimum, undefined, { numeric: true }) >= 0);
      assert.match(integrity, /^sha512-[A-Za-z0-9+/]{86}==$/);
    }
  });

  it("asks for the Node that package.json asks for", () => {
    const { engines } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as {
      engines: { node: string };
    };
    assert(nodePins.minimum.startsWith(engines.node.replace(">=", "")));
  });
});
