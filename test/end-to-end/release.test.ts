import assert from "node:assert/strict";
import { embedded, type Change, type TestStack } from "../support/embedded";
import { eventually } from "../support/eventually";
import { routers } from "../support/routers";

const image = (digit: string) => ({
  image: `registry.example.com/monitoring-web-service:1.0.${digit}@sha256:${digit.repeat(64)}`,
  version: `1.0.${digit}`,
});

interface Release {
  readonly active: string;
  readonly blue?: object;
  readonly green?: object;
}

/** `update Deployment monitoring-web-service-green`, sorted: the engine works in parallel. */
const named = (changes: readonly Change[]) => changes.map(({ op, resource }) => `${op} ${resource}`).sort();

for (const router of routers) {
  describe(`a release on the embedded cluster behind the router of kind ${router.kind}`, function () {
    this.timeout(180_000);
    let stack: TestStack;
    const release = (value: Release) =>
      stack.configure((config) => {
        router.configure(config);
        config["release"] = value;
      });

    before(async () => {
      stack = await (
        await embedded()
      ).stack(`release-${router.kind}`, (config) => {
        router.configure(config);
        config["release"] = { active: "blue", blue: image("1") };
      });
    });

    after(async () => {
      await stack.destroy();
    });

    it("brings blue up alone, every Deployment Available at the autoscaler's minimum", async () => {
      const run = await stack.up();
      assert.deepEqual(run.errors, []);
      // The Deployment says no number of replicas: the autoscaler brings it from one to its minimum.
      const path = "jsonpath={range .items[*]}{.metadata.name}={.status.availableReplicas}{end}";
      await eventually(
        async () =>
          (await stack.kubectl("get", "deployments", "-o", path)) === "monitoring-web-service-blue=3redis-proxy=2",
        { timeoutSeconds: 60 },
      );
    });

    it("changes nothing the second time, nor after a refresh", async () => {
      assert.deepEqual((await stack.up()).changes, []);
      assert.deepEqual((await stack.refresh()).changes, []);
      assert.deepEqual((await stack.preview()).changes, []);
    });

    it("keeps HorizontalPodAutoscaler, PodDisruptionBudget and Deployment in agreement", async () => {
      const json = await stack.kubectl("get", "hpa,pdb,deployments", "-o", "json");
      const { items } = JSON.parse(json) as {
        items: { kind: string; spec: Record<string, unknown>; status: Record<string, unknown> }[];
      };
      const of = (kind: string) => items.find((item) => item.kind === kind);
      const scaler = of("HorizontalPodAutoscaler")?.spec ?? {};
      assert.deepEqual(scaler["scaleTargetRef"], {
        apiVersion: "apps/v1",
        kind: "Deployment",
        name: "monitoring-web-service-blue",
      });
      assert.equal(of("Deployment")?.spec["replicas"], scaler["minReplicas"]);
      assert.equal(of("PodDisruptionBudget")?.status["currentHealthy"], 3);
      assert.equal(of("PodDisruptionBudget")?.status["disruptionsAllowed"], 1);
    });

    it("adds green without touching blue", async () => {
      await release({ active: "blue", blue: image("1"), green: image("2") });
      const run = await stack.up();
      assert.deepEqual(run.errors, []);
      assert.ok(named(run.changes).includes("create Deployment monitoring-web-service-green"));
      const others = run.changes.filter(({ resource }) => !resource.includes("green"));
      assert.deepEqual(named(others), [
        ...router.idle.added.map((route) => `create ${route}`),
        ...router.idle.changed.map((route) => `update ${route}`),
      ]);
    });

    it("rolls only the idle colour's Deployment when its image changes", async () => {
      await release({ active: "blue", blue: image("1"), green: image("3") });
      assert.deepEqual(named((await stack.up()).changes), ["update Deployment monitoring-web-service-green"]);
    });

    it("flips by changing the routes alone", async () => {
      await release({ active: "green", blue: image("1"), green: image("3") });
      assert.deepEqual(
        named((await stack.up()).changes),
        router.flip.map((route) => `update ${route}`),
      );
      const [kind, path] = router.kubectl;
      const backends = (await stack.kubectl("get", kind, "-o", path)).trim().split("\n").sort();
      assert.deepEqual(
        backends.filter((line) => !line.endsWith("=")),
        [
          "metrics.monitoring.local=monitoring-web-service-green",
          "preview.metrics.monitoring.local=monitoring-web-service-blue",
        ],
      );
    });

    it("removes the retired colour and leaves the live one alone", async () => {
      await release({ active: "green", green: image("3") });
      const run = await stack.up();
      assert.deepEqual(run.errors, []);
      assert.deepEqual(
        named(run.changes.filter(({ op }) => op !== "delete")),
        router.idle.changed.map((route) => `update ${route}`),
      );
      assert.deepEqual(
        named(run.changes.filter(({ op, resource }) => op === "delete" && !resource.includes("blue"))),
        router.idle.added.map((route) => `delete ${route}`),
      );
    });

    it("sees what kubectl changed on refresh and puts it right on up", async () => {
      const budget = ["poddisruptionbudget", "monitoring-web-service-green"];
      await stack.kubectl("patch", ...budget, "--type=merge", "-p", '{"spec":{"minAvailable":1}}');
      assert.deepEqual((await stack.preview()).changes, []);
      assert.deepEqual(named((await stack.refresh()).changes), [
        "update PodDisruptionBudget monitoring-web-service-green",
      ]);
      const repaired = await stack.up();
      assert.deepEqual(repaired.errors, []);
      assert.deepEqual(named(repaired.changes), ["update PodDisruptionBudget monitoring-web-service-green"]);
      assert.equal(await stack.kubectl("get", ...budget, "-o", "jsonpath={.spec.minAvailable}"), "2");
    });

    it("destroys without leaving an object", async () => {
      const run = await stack.destroy();
      assert.deepEqual(run.errors, []);
      const kinds = "all,ingress,gateway,httproute,networkpolicy,configmap,secret,poddisruptionbudget,namespace";
      const left = await stack.cluster.kubectl(
        "get",
        kinds,
        "--all-namespaces",
        "-o",
        "custom-columns=:metadata.namespace,:metadata.name",
      );
      assert.deepEqual(
        left.split("\n").filter((line) => line.includes(stack.namespace)),
        [],
      );
    });
  });
}
