import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Checkout } from "../support/checkout";
import { embedded, type Embedded } from "../support/embedded";

describe("npm start -- --context NAME", function () {
  this.timeout(180_000);
  const namespace = "monitoring-web-service-local";
  let cluster: Embedded;
  let checkout: Checkout;
  let kubeconfig: string;
  let original: string;

  before(async () => {
    cluster = await embedded();
    checkout = new Checkout();
    kubeconfig = join(checkout.home, "kubeconfig");
    // Theirs names another context as the current one: ours must not depend on that.
    original = readFileSync(cluster.environment.kubeconfig, "utf8").replace(
      /^current-context: .*$/m,
      "current-context: somewhere-else",
    );
    writeFileSync(kubeconfig, original);
  });

  after(async () => {
    await checkout.remove();
  });

  const run = (command: string) => checkout.run(command, ["--context", "local"], { KUBECONFIG: kubeconfig });

  it("deploys to that cluster and starts none of its own", async () => {
    const { code, stdout, stderr } = await run("start");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^The stack local-local is up\.$/m);
    assert.deepEqual([...checkout.processes().values()], []);
    const deployments = await cluster.kubectl("--namespace", namespace, "get", "deployments", "--output", "name");
    assert.deepEqual(deployments.split("\n"), [
      "deployment.apps/monitoring-web-service-blue",
      "deployment.apps/redis-proxy",
    ]);
  });

  it("changes nothing the second time, neither there nor in the kubeconfig", async () => {
    const { code, stderr } = await run("start");
    assert.equal(code, 0, stderr);
    assert.match(stderr, /Deploying the stack local: \d+ unchanged$/m);
    assert.equal(readFileSync(kubeconfig, "utf8"), original);
    assert.deepEqual(checkout.strangeFiles(), []);
  });

  it("is undone by npm run down with the same context", async () => {
    const { code, stdout, stderr } = await run("down");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^The stack local-local is destroyed\.$/m);
    assert.equal(await cluster.kubectl("get", "namespace", namespace, "--ignore-not-found"), "");
  });

  it("names the contexts that there are when there is none of that name", async () => {
    const { code, stderr } = await checkout.run("start", ["--context", "kind-dev"], { KUBECONFIG: kubeconfig });
    assert.equal(code, 2);
    assert.ok(
      stderr.endsWith(
        `Error: There is no context "kind-dev" in ${kubeconfig}. There is: local.\n` +
          "To fix: npm start -- --context NAME, with a name that `kubectl config get-contexts` lists\n",
      ),
      stderr,
    );
  });
});
