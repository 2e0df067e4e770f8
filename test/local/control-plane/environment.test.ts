import { strict as assert } from "node:assert";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ExitCode, UserError } from "../../../local/errors";
import { isOwnFolder, readSettings, writeSettings } from "../../../local/control-plane/environment";
import { down, reset, status, up } from "../../../local/control-plane";
import { choosePorts } from "../../../local/control-plane/ports";
import { stateFolder, type StateFolder } from "../../../local/state";
import { silent } from "../../support/silent";

describe("the folder of an environment", () => {
  let parent: string;
  let state: StateFolder;

  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), "environment-"));
    state = stateFolder(join(parent, "state"));
  });

  afterEach(() => {
    rmSync(parent, { recursive: true, force: true });
  });

  it("remembers ports and cluster, and takes a damaged memory for none", async () => {
    const ports = await choosePorts();
    writeSettings(state, ports, "a-uid");
    assert.deepEqual(readSettings(state)?.ports, ports);
    assert.equal(readSettings(state)?.clusterId, "a-uid");
    writeFileSync(join(state.root, "environment.json"), '{"kind": "monitoring-web');
    assert.equal(readSettings(state), undefined);
  });

  it("is ours when it is empty, half-made or marked, and not with other things in it", async () => {
    assert.equal(isOwnFolder(state), true);
    mkdirSync(join(state.root, "pki"), { recursive: true });
    mkdirSync(join(state.root, "lock"));
    assert.equal(isOwnFolder(state), true);
    writeFileSync(join(state.root, "thesis.tex"), "");
    assert.equal(isOwnFolder(state), false);
    writeSettings(state, await choosePorts(), undefined);
    assert.equal(isOwnFolder(state), true);
  });

  it("is not started in when it is somebody else's", async () => {
    mkdirSync(state.root);
    writeFileSync(join(state.root, "thesis.tex"), "");
    await assert.rejects(up(state, silent, { tools: noTools, crds: [], stages: [] }), (error) => {
      assert.ok(error instanceof UserError);
      assert.equal(error.message, `${state.root} holds other files than those of an embedded environment`);
      assert.equal(error.remedy, "set LOCAL_STATE to an empty or a new folder");
      assert.equal(error.exitCode, ExitCode.refused);
      return true;
    });
    assert.deepEqual(readdirSync(state.root), ["thesis.tex"]);
  });

  it("is not deleted when it is somebody else's", async () => {
    mkdirSync(state.root);
    writeFileSync(join(state.root, "thesis.tex"), "");
    await assert.rejects(reset(state, silent), (error) => {
      assert.ok(error instanceof UserError);
      assert.equal(
        error.message,
        `${state.root} does not look like the folder of an embedded environment, and was not deleted`,
      );
      assert.equal(error.remedy, "set LOCAL_STATE to the environment's folder, or delete the folder yourself");
      assert.equal(error.exitCode, ExitCode.refused);
      return true;
    });
    assert.deepEqual(readdirSync(state.root), ["thesis.tex"]);
  });

  it("is deleted with what a reset left behind that was killed, and nothing beside it", async () => {
    writeSettings(state, await choosePorts(), undefined);
    mkdirSync(`${state.root}.deleting-1`);
    writeFileSync(join(parent, "mine"), "");
    await reset(state, silent);
    assert.deepEqual(readdirSync(parent), ["mine"]);
  });

  it("is not made by down, reset or status", async () => {
    assert.deepEqual(await down(state, silent), []);
    await reset(state, silent);
    const { condition, parts } = await status(state);
    assert.deepEqual({ condition, parts }, { condition: "absent", parts: [] });
    assert.equal(existsSync(state.root), false);
  });

  it("keeps its port when a wrong one is asked for", async () => {
    const ports = await choosePorts();
    writeSettings(state, ports, undefined);
    await assert.rejects(up(state, silent, { tools: noTools, crds: [], stages: [], port: 70_000 }), (error) => {
      assert.ok(error instanceof UserError);
      assert.equal(error.message, "70000 is no port for the Kubernetes API server");
      assert.equal(error.remedy, "choose a number between 1024 and 65535: npm run local -- up --port NUMBER");
      assert.equal(error.exitCode, ExitCode.usage);
      return true;
    });
    assert.deepEqual(readSettings(state)?.ports, ports);
  });
});

const none = { path: "/nonexistent", version: "0" };

const noTools = {
  etcd: none,
  "kube-apiserver": none,
  "kube-controller-manager": none,
  "kube-scheduler": none,
  kwok: none,
};
