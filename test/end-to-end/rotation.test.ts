import assert from "node:assert/strict";
import { generatedSecrets } from "../../components/security/secret-table";
import { embedded, type Run, type TestStack } from "../support/embedded";

/** Whatever changes, these stay the objects that they are: users would notice their loss. */
const KEPT = "deployments,services,horizontalpodautoscalers,poddisruptionbudgets,persistentvolumeclaims,ingresses";

/** What a change of the environment may do, and to which kinds. */
const ALLOWED =
  /^(update Deployment|(replace|create-replacement|delete-replaced|delete) (Secret|ConfigMap)|\S+ Random(Bytes|Password)) /;

describe("on the embedded cluster, pods roll and nothing else is replaced", function () {
  this.timeout(180_000);
  let stack: TestStack;
  const set = async (path: string, value: string) =>
    (await stack.engine).command(["config", "set", "--path", path, value]);
  const setSecret = async (key: string, value: string) =>
    (await stack.engine).command(["config", "set", "--secret", key, value]);

  before(async () => {
    stack = await (
      await embedded()
    ).stack("rotation", (config) => {
      const image = (version: string) => ({ image: `registry.example.com/monitoring-web-service:${version}`, version });
      config["release"] = { active: "blue", blue: image("1.0.0"), green: image("1.1.0") };
      config["registry"] = { server: "registry.example.com", username: "robot" };
      config["services"] = {
        "monitoring-web-service": {
          secrets: [...generatedSecrets, "slackWebhook"],
          // One pod a colour: what is tested is what rolls, not how many.
          autoscaling: { minReplicas: 1 },
          minAvailable: 0,
        },
      };
    });
    await setSecret("registryPassword", "first-password");
    await setSecret("slackWebhook", "https://hooks.example.com/services/first");
    assert.deepEqual((await stack.up()).errors, []);
  });

  after(async () => {
    await stack.destroy();
  });

  /** `Deployment/name uid` of everything that has to stay. */
  const identities = () =>
    stack.kubectl("get", KEPT, "-o", "jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.uid}{'\\n'}{end}");

  /** Each Deployment's ReplicaSets with pods: there is one for each, and a new one for each pod template. */
  const templates = async () => {
    const path = "jsonpath={range .items[?(@.spec.replicas>0)]}{.metadata.name}{'\\n'}{end}";
    return (await stack.kubectl("get", "replicasets", "-o", path)).trim().split("\n").sort();
  };

  const changes: Readonly<Record<string, () => Promise<string>>> = {
    ...Object.fromEntries(
      generatedSecrets.map((name) => [`rotating ${name}`, () => set(`secrets.rotation.${name}`, "2")] as const),
    ),
    "a new registry password": () => setSecret("registryPassword", "second-password"),
    "a new Slack webhook": () => setSecret("slackWebhook", "https://hooks.example.com/services/second"),
    "application.logLevel": () => set("application.logLevel", "debug"),
    "application.metricsRetention": () => set("application.metricsRetention", "30 days"),
    "application.chartGenerationTimeout": () => set("application.chartGenerationTimeout", "20 s"),
    "application.maxConcurrentCharts": () => set("application.maxConcurrentCharts", "20"),
    "a further variable": () => set("services.monitoring-web-service.env.FEATURE", "on"),
  };

  for (const [what, change] of Object.entries(changes)) {
    it(`by ${what}`, async () => {
      const [kept, old] = [await identities(), await templates()];
      await change();
      const run: Run = await stack.up();
      assert.deepEqual(run.errors, []);
      const named = run.changes.map(({ op, resource }) => `${op} ${resource}`);
      assert.deepEqual(
        named.filter((line) => !ALLOWED.test(line)),
        [],
      );
      assert.deepEqual(named.filter((line) => line.includes(" Deployment ")).sort(), [
        "update Deployment monitoring-web-service-blue",
        "update Deployment monitoring-web-service-green",
      ]);
      assert.equal(await identities(), kept);
      const now = await templates();
      assert.equal(now.length, 2, now.join(", "));
      assert.deepEqual(
        now.filter((name) => old.includes(name)),
        [],
      );
    });
  }

  it("and not at all when nothing changes", async () => {
    const [kept, old] = [await identities(), await templates()];
    assert.deepEqual((await stack.up()).changes, []);
    assert.deepEqual([await identities(), await templates()], [kept, old]);
  });
});
