import assert from "node:assert/strict";
import { generatedSecrets, secretTable } from "../../components/security/secret-table";
import { embedded, type TestStack } from "../support/embedded";
import { operations, rollsBothColours, rollsNothing } from "../support/rolling";

/** A secret that no service has: rotating it rolls none of its pods. The cache's own are in cache.test.ts. */
const OWNER = "databaseOwner";

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
          secrets: ["jwt", "csrf", "encryptionKey", "database", "cache", "slackWebhook"],
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

  const changes: Readonly<Record<string, () => Promise<unknown>>> = {
    ...Object.fromEntries(
      generatedSecrets
        .filter((name) => secretTable[name].rolls !== "no service")
        .map((name) => [`rotating ${name}`, () => set(`secrets.rotation.${name}`, "2")] as const),
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
      await rollsBothColours(stack, change);
    });
  }

  it("and not even pods for the owner of the database, which gets its password all the same", async () => {
    const run = await rollsNothing(stack, () => set(`secrets.rotation.${OWNER}`, "2"));
    assert.ok(operations(run).includes("update Cluster database-cluster"));
  });

  it("and not at all by a rotation that is due, of which a warning tells", async () => {
    const run = await rollsNothing(stack, () => set("secrets.rotatedOn.jwt", "2026-01-01"));
    assert.deepEqual(operations(run), []);
    assert.deepEqual(
      run.messages.filter((message) => message.includes("Secrets to rotate")),
      ["Secrets to rotate, by docs/runbooks/rotate-secrets.md: jwt (due since 2026-04-01)"],
    );
  });

  it("and not at all when nothing changes", async () => {
    assert.deepEqual(operations(await rollsNothing(stack, () => Promise.resolve())), []);
  });
});
