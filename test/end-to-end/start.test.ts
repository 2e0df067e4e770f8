import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Checkout } from "../support/checkout";
import { eventually } from "../support/eventually";

const files = (folder: string): string[] =>
  (readdirSync(folder, { recursive: true }) as string[]).filter((name) => statSync(join(folder, name)).isFile()).sort();

/** Runs a command without any network but loopback, where this machine lets us. */
const withoutNetwork = (script: string) => `unshare --net sh -c 'ip link set lo up && ${script}'`;
const canCutTheNetwork = spawnSync("unshare", ["--net", "true"]).status === 0;

describe("npm start in a fresh checkout", function () {
  this.timeout(240_000);
  let first: Checkout;
  let second: Checkout;
  const kubeconfig = "apiVersion: v1\nkind: Config\ncurrent-context: theirs\n";

  before(() => {
    first = new Checkout();
    second = new Checkout();
    for (const { home } of [first, second]) {
      mkdirSync(join(home, ".kube"));
      writeFileSync(join(home, ".kube", "config"), kubeconfig);
    }
  });

  after(async () => {
    await Promise.all([first.remove(), second.remove()]);
  });

  it("ends with everything up, without login, prompt or standard input", async () => {
    const { code, stdout, stderr } = await first.run("start", [], { KUBECONFIG: join(first.home, ".kube", "config") });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^The stack local is up\.$/m);
    assert.match(stdout, /blue 1\.0\.0 \(active\)/);
    assert.match(stdout, /network policies: the API server checks them, nothing enforces them/);
  });

  it("leaves the user's home and kubeconfig as they were", () => {
    assert.deepEqual(files(first.home), [".kube/config"]);
    assert.equal(readFileSync(join(first.home, ".kube", "config"), "utf8"), kubeconfig);
  });

  it("changes nothing the second time", async () => {
    const { code, stderr } = await first.run("start");
    assert.equal(code, 0, stderr);
    assert.match(stderr, /Deploying the stack local: \d+ unchanged$/m);
  });

  it("runs beside another checkout", async () => {
    const { code, stderr } = await second.run("start");
    assert.equal(code, 0, stderr);
    const [one, other] = await Promise.all(
      [first, second].map((checkout) => checkout.run("local", ["status", "--json"])),
    );
    assert.notDeepEqual(one?.stdout, other?.stdout);
    const down = await second.run("down");
    assert.equal(down.code, 0, down.stderr);
    assert.equal((await first.run("local", ["status"])).code, 0);
  });

  it("is undone by npm run down: no process, no file outside the state folder", async () => {
    const { code, stdout, stderr } = await first.run("down");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^The stack local is destroyed and the embedded cluster is stopped\.$/m);
    await eventually(() => first.processes().size === 0);
    assert.deepEqual(files(first.home), [".kube/config"]);
    assert.deepEqual(first.strangeFiles(), []);
  });

  it("starts again without a network", async () => {
    const start = "node local/commands/launch.mjs start && node local/commands/launch.mjs down";
    const dead = "HTTP_PROXY=http://127.0.0.1:9 HTTPS_PROXY=http://127.0.0.1:9";
    const { code, stderr } = await first.shell(canCutTheNetwork ? withoutNetwork(start) : `export ${dead}; ${start}`);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /Destroying the stack local: \d+ deleted$/m);
  });
});
