import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { realpathSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../../local/state";
import { Sandbox } from "../../support/fake-tools";

describe("npm run -s env", () => {
  let sandbox: Sandbox;
  let state: string;

  beforeEach(() => {
    sandbox = new Sandbox();
    // What a shell would stumble over.
    state = join(sandbox.root, `it's a "state" $HOME \`x\``);
    sandbox.script("pulumi", "echo v3.230.0");
    sandbox.script("kubectl", 'echo "Client Version: v1.36.3"');
  });

  afterEach(() => {
    sandbox.remove();
  });

  function env(args: readonly string[] = [], more: NodeJS.ProcessEnv = {}) {
    return spawnSync(process.execPath, ["-r", "ts-node/register", "local/commands/env.ts", ...args], {
      cwd: projectRoot,
      encoding: "utf8",
      env: { ...sandbox.env, LOCAL_STATE: state, ...more },
    });
  }

  /** What a shell has in its environment after it evaluated `line`. */
  function evaluated(line: string): Map<string, string> {
    const { stdout } = spawnSync("/bin/sh", ["-c", `eval "$LINE"; env -0`], {
      encoding: "utf8",
      env: { PATH: "/own:/usr/bin:/bin", KUBECONFIG: "/own/kubeconfig", LINE: line },
    });
    return new Map(stdout.split("\0").map((entry) => [entry.split("=")[0] ?? "", entry.slice(entry.indexOf("=") + 1)]));
  }

  it("prints one line, which makes the plain commands work on the embedded environment", () => {
    const { stdout, stderr, status } = env();
    assert.equal(stderr, "");
    assert.equal(status, 0);
    assert.match(stdout, /^export [^\n]*\n$/);
    const after = evaluated(stdout.trimEnd());
    assert.deepEqual(
      ["PATH", "PULUMI_HOME", "PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE"].map((name) => after.get(name)),
      [`${state}/bin:/own:/usr/bin:/bin`, `${state}/pulumi`, `file://${state}/backend`, "local"],
    );
    assert.equal(after.get("PULUMI_SKIP_UPDATE_CHECK"), "true");
    assert.equal(after.get("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"), "true");
    assert.equal(realpathSync(join(state, "bin", "pulumi")), realpathSync(join(sandbox.bin, "pulumi")));
    assert.equal(realpathSync(join(state, "bin", "node")), realpathSync(process.execPath));
  });

  it("leaves the user's KUBECONFIG alone unless it is asked for", () => {
    assert.equal(evaluated(env().stdout).get("KUBECONFIG"), "/own/kubeconfig");
    assert.equal(evaluated(env(["--kubeconfig"]).stdout).get("KUBECONFIG"), `${state}/kubeconfig`);
  });

  it("does not make PATH longer each time", () => {
    const { stdout } = env([], { PATH: `${state}/bin:${sandbox.env["PATH"] ?? ""}` });
    assert.equal(evaluated(stdout).get("PATH"), "/own:/usr/bin:/bin");
  });

  it("refuses an argument that it does not know", () => {
    const { stdout, stderr, status } = env(["--kubecfg"]);
    assert.equal(
      stderr,
      "Error: env does not know --kubecfg\n" +
        'To fix: use: eval "$(npm run -s env)", or with kubectl\'s configuration: eval "$(npm run -s env -- --kubeconfig)"\n',
    );
    assert.deepEqual({ stdout, status }, { stdout: "", status: 2 });
  });
});
