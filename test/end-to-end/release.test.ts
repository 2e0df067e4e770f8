import assert from "node:assert/strict";
import { embedded, type TestStack } from "../support/embedded";

const image = (digit: string) => ({
  image: `registry.example.com/monitoring-web-service:1.0.${digit}@sha256:${digit.repeat(64)}`,
  version: `1.0.${digit}`,
});

interface Release {
  active: string;
  blue?: object;
  green?: object;
}

describe("a release on the embedded cluster", function () {
  this.timeout(120_000);
  let stack: TestStack;
  const release = (value: Release) => stack.configure((config) => (config["release"] = value));

  before(async () => {
    stack = await (
      await embedded()
    ).stack("release", (config) => {
      config["release"] = { active: "blue", blue: image("1") };
    });
  });

  after(async () => {
    await stack.destroy();
  });

  it("brings blue up alone, every Deployment Available", async () => {
    const run = await stack.up();
    assert.deepEqual(run.errors, []);
    const deployments = await stack.kubectl(
      "get",
      "deployments",
      "-o",
      "jsonpath={range .items[*]}{.metadata.name}={.status.availableReplicas} {end}",
    );
    assert.equal(deployments.trim(), "monitoring-web-service-blue=3");
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
    const hpa = of("HorizontalPodAutoscaler")?.spec;
    assert.deepEqual(hpa?.["scaleTargetRef"], {
      apiVersion: "apps/v1",
      kind: "Deployment",
      name: "monitoring-web-service-blue",
    });
    assert.equal(of("Deployment")?.spec["replicas"], hpa["minReplicas"]);
    assert.equal(of("PodDisruptionBudget")?.status["currentHealthy"], 3);
    assert.equal(of("PodDisruptionBudget")?.status["disruptionsAllowed"], 1);
  });

  it("adds green without touching blue", async () => {
    await release({ active: "blue", blue: image("1"), green: image("2") });
    const run = await stack.up();
    assert.deepEqual(run.errors, []);
    const others = run.changes.filter(({ resource }) => !resource.includes("green"));
    assert.deepEqual(
      others.map(({ op, resource }) => `${op} ${resource}`),
      ["update Ingress traffic-public"],
    );
    assert.ok(
      run.changes.some(({ op, resource }) => op === "create" && resource === "Deployment monitoring-web-service-green"),
    );
  });

  it("rolls only the idle colour's Deployment when its image changes", async () => {
    await release({ active: "blue", blue: image("1"), green: image("3") });
    const run = await stack.up();
    assert.deepEqual(
      run.changes.map(({ op, resource }) => `${op} ${resource}`),
      ["update Deployment monitoring-web-service-green"],
    );
  });

  it("flips by changing the route alone", async () => {
    await release({ active: "green", blue: image("1"), green: image("3") });
    const run = await stack.up();
    assert.deepEqual(
      run.changes.map(({ op, resource }) => `${op} ${resource}`),
      ["update Ingress traffic-public"],
    );
    const backends = await stack.kubectl(
      "get",
      "ingress",
      "-o",
      "jsonpath={range .items[*].spec.rules[*]}{.host}={.http.paths[0].backend.service.name} {end}",
    );
    assert.match(backends, /^metrics\.\S+=monitoring-web-service-green /);
  });

  it("removes the retired colour and leaves the live one alone", async () => {
    await release({ active: "green", green: image("3") });
    const run = await stack.up();
    assert.deepEqual(
      run.changes.filter(({ op, resource }) => op === "delete" && !resource.includes("blue")),
      [],
    );
    assert.deepEqual(
      run.changes.filter(({ op }) => op !== "delete").map(({ op, resource }) => `${op} ${resource}`),
      ["update Ingress traffic-public"],
    );
  });

  it("sees what kubectl changed on refresh and puts it right on up", async () => {
    await stack.kubectl(
      "patch",
      "poddisruptionbudget",
      "monitoring-web-service-green",
      "--type=merge",
      "-p",
      '{"spec":{"minAvailable":1}}',
    );
    assert.deepEqual((await stack.preview()).changes, []);
    const seen = await stack.refresh();
    assert.deepEqual(
      seen.changes.map(({ resource }) => resource),
      ["PodDisruptionBudget monitoring-web-service-green"],
    );
    const repaired = await stack.up();
    assert.deepEqual(repaired.errors, []);
    assert.deepEqual(
      repaired.changes.map(({ op, resource }) => `${op} ${resource}`),
      ["update PodDisruptionBudget monitoring-web-service-green"],
    );
    assert.equal(
      await stack.kubectl(
        "get",
        "poddisruptionbudget",
        "monitoring-web-service-green",
        "-o",
        "jsonpath={.spec.minAvailable}",
      ),
      "2",
    );
  });

  it("destroys without leaving an object", async () => {
    const run = await stack.destroy();
    assert.deepEqual(run.errors, []);
    const left = await stack.cluster.kubectl(
      "get",
      "all,ingress,networkpolicy,configmap,secret,namespace",
      "--all-namespaces",
      "-o",
      "name",
    );
    assert.deepEqual(
      left.split("\n").filter((line) => line.includes("monitoring-web-service") || line.includes(stack.namespace)),
      [],
    );
  });
});
