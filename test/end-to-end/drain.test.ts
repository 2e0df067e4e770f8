import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";

import { execa } from "execa";

import { embedded, type Embedded, type TestStack } from "../support/embedded";
import { eventually } from "../support/eventually";

const colours = ["monitoring-web-service-blue", "monitoring-web-service-green"];
const SERVICE = "--selector=app.kubernetes.io/name=monitoring-web-service";
/** Of the disruption budgets, and the autoscalers' minimum (spec 004). */
const [MIN_AVAILABLE, MIN_REPLICAS] = [2, 3];

describe("draining the nodes of the embedded cluster", function () {
  this.timeout(240_000);
  let cluster: Embedded;
  let stack: TestStack;
  let nodes: readonly string[];
  let watch: ChildProcess;
  let healthy = "";

  before(async () => {
    cluster = await embedded();
    stack = await cluster.stack("drain", (config) => {
      const release = config["release"] as { blue: object };
      config["release"] = { ...release, green: release.blue };
    });
    assert.deepEqual((await stack.up()).errors, []);
    nodes = (await cluster.kubectl("get", "nodes", "-o", "jsonpath={.items[*].metadata.name}")).split(" ");
    await everybodyBack();
    watch = watchBudgets();
  });

  after(async () => {
    watch.kill();
    for (const node of nodes) await cluster.kubectl("uncordon", node);
    await stack.destroy();
  });

  /** Every number of healthy pods that a budget ever sees, as `<name> <pods>` lines. */
  function watchBudgets(): ChildProcess {
    const { kubeconfig, context } = cluster.environment;
    const child = spawn(
      cluster.kubectlPath,
      [
        ...["--kubeconfig", kubeconfig, "--context", context, "--namespace", stack.namespace],
        ...["get", "poddisruptionbudgets", "--watch"],
        ...["--output", "jsonpath={.metadata.name} {.status.currentHealthy}{'\\n'}"],
      ],
      { stdio: ["ignore", "pipe", "ignore"] },
    );
    child.stdout.on("data", (chunk: Buffer) => (healthy += chunk.toString()));
    return child;
  }

  async function budgets(field: string): Promise<string> {
    return stack.kubectl("get", "poddisruptionbudgets", ...colours, "-o", `jsonpath={.items[*].status.${field}}`);
  }

  async function everybodyBack(): Promise<void> {
    const all = colours.map(() => String(MIN_REPLICAS)).join(" ");
    await eventually(
      async () =>
        (await stack.kubectl(
          "get",
          "deployments",
          ...colours,
          "-o",
          "jsonpath={.items[*].status.availableReplicas}",
        )) === all,
      { timeoutSeconds: 90 },
    );
    await eventually(async () => (await budgets("disruptionsAllowed")) === "1 1", { timeoutSeconds: 30 });
  }

  const podsOn = async (node: string) =>
    (await stack.kubectl("get", "pods", `--field-selector=spec.nodeName=${node}`, SERVICE, "-o", "name"))
      .split("\n")
      .filter(Boolean);

  it("starts with a pod of each colour at its minimum on every node", async () => {
    assert.equal(nodes.length, MIN_REPLICAS);
    for (const node of nodes) assert.equal((await podsOn(node)).length, colours.length);
  });

  it("empties every node in turn, and all pods come back", async () => {
    for (const node of nodes) {
      await cluster.kubectl("drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=120s");
      assert.deepEqual(await podsOn(node), []);
      await cluster.kubectl("uncordon", node);
      await everybodyBack();
      assert.equal((await podsOn(node)).length, colours.length);
    }
  });

  it("never took more than the budgets allow", () => {
    const lines = healthy.split("\n").map((line) => line.split(" "));
    const seen = lines.filter(([name = ""]) => colours.includes(name)).map(([, pods]) => Number(pods));
    assert.equal(Math.min(...seen), MIN_AVAILABLE);
  });

  it("would not evict a pod against its budget", async () => {
    const [budget = ""] = colours;
    await stack.kubectl("patch", "poddisruptionbudget", budget, "--type=merge", "-p", '{"spec":{"minAvailable":3}}');
    await eventually(async () => (await budgets("disruptionsAllowed")).startsWith("0"), { timeoutSeconds: 30 });
    const selector = `--selector=app.kubernetes.io/instance=${budget}`;
    const name = await stack.kubectl("get", "pods", selector, "-o", "jsonpath={.items[0].metadata.name}");
    const { stderr, failed } = await execa(
      cluster.kubectlPath,
      [
        ...["--kubeconfig", cluster.environment.kubeconfig, "--context", cluster.environment.context],
        ...["create", "--raw", `/api/v1/namespaces/${stack.namespace}/pods/${name}/eviction`, "-f", "-"],
      ],
      {
        reject: false,
        input: JSON.stringify({
          apiVersion: "policy/v1",
          kind: "Eviction",
          metadata: { name, namespace: stack.namespace },
        }),
      },
    );
    assert.ok(failed);
    assert.match(stderr, /Cannot evict pod as it would violate the pod's disruption budget/);
  });
});
