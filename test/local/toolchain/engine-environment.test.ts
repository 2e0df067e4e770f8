import assert from "node:assert/strict";
import { readlinkSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { stateFolder } from "../../../local/state";
import { type ResolvedTool, engineEnvironment } from "../../../local/toolchain";
import { engineVariables } from "../../../local/toolchain/engine-environment";
import { Sandbox } from "../../support/fake-tools";

describe("engineEnvironment", () => {
  let sandbox: Sandbox;

  beforeEach(() => {
    sandbox = new Sandbox();
  });

  afterEach(() => {
    sandbox.remove();
  });

  const pulumi = (path: string): ResolvedTool => ({ name: "pulumi", version: "v3.230.0", path, source: "cache" });

  it("names the state folder for everything and the tools by one folder in front of PATH", () => {
    const state = stateFolder(join(sandbox.root, "state"));
    assert.deepEqual(engineEnvironment(state, { pulumi: pulumi("/tools/pulumi") }, "/usr/bin:/bin"), {
      PATH: `${state.root}/bin:/usr/bin:/bin`,
      PULUMI_HOME: `${state.root}/pulumi`,
      PULUMI_BACKEND_URL: `file://${state.root}/backend`,
      PULUMI_CONFIG_PASSPHRASE: "local",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
    });
    assert.equal(readlinkSync(join(state.bin, "pulumi")), "/tools/pulumi");
    assert.equal(readlinkSync(join(state.bin, "node")), process.execPath);
  });

  it("names the backend's folder so that the engine finds it, whatever its name", () => {
    const state = stateFolder("/a 100% 'good'/c#/why?");
    assert.equal(engineVariables(state)["PULUMI_BACKEND_URL"], "file:///a 100%25 'good'/c%23/why%3F/backend");
  });

  it("follows a tool that moved, and puts its folder on PATH once", () => {
    const state = stateFolder(join(sandbox.root, "state"));
    const { PATH } = engineEnvironment(state, { pulumi: pulumi("/old/pulumi") }, "/bin");
    const again = engineEnvironment(state, { pulumi: pulumi("/new/pulumi") }, PATH);
    assert.equal(again["PATH"], `${state.bin}:/bin`);
    assert.equal(readlinkSync(join(state.bin, "pulumi")), "/new/pulumi");
    assert.deepEqual(readdirSync(state.bin).sort(), ["node", "pulumi"]);
  });
});
