import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { embedded, type TestStack } from "../support/embedded";
import { hideSecrets } from "../support/mocks";
import { renderStack } from "../support/resources";
import { operations, rollsBothColours, rollsNothing } from "../support/rolling";
import { encryptedWith, type StoreKind, storeKinds, withStore } from "../support/secret-stores";

const external = storeKinds.filter((kind) => kind !== "generated");

/**
 * The operator does not run here: a stage of the simulation reports its objects as ready and makes no Secret, and pods are simulated
 * and need none. What is tested is what the API server and the engine do with the objects.
 */
describe("secrets from a store outside of the stack, on the embedded cluster,", function () {
  this.timeout(240_000);
  let stack: TestStack;
  let folder: string;

  type Config = Parameters<Parameters<TestStack["configure"]>[0]>[0];

  /** Both colours with one pod each, and a store. */
  const configure =
    (kind: StoreKind, rotation: Readonly<Record<string, number>> = {}) =>
    (config: Config): void => {
      const image = (version: string) => ({ image: `registry.example.com/monitoring-web-service:${version}`, version });
      config["secrets"] = { rotation };
      withStore(kind)(config);
      config["release"] = { active: "blue", blue: image("1.0.0"), green: image("1.1.0") };
      const { "monitoring-web-service": released } = config["services"] as Record<string, object>;
      config["services"] = {
        "monitoring-web-service": { ...released, autoscaling: { minReplicas: 1 }, minAvailable: 0 },
      };
    };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "external-secrets-"));
    stack = await (await embedded()).stack("external-secrets", configure("vault"));
    assert.deepEqual((await stack.up()).errors, []);
  });

  after(async () => {
    await stack.destroy();
    await rm(folder, { recursive: true, force: true });
  });

  /** What the API server says to an object, with its definition's validation and without storing it. */
  async function validate(object: object): Promise<string> {
    const file = join(folder, "object.json");
    await writeFile(file, JSON.stringify(object));
    try {
      await stack.cluster.kubectl("create", "--dry-run=server", "--validate=strict", "-f", file);
      return "accepted";
    } catch (error) {
      return String(error);
    }
  }

  async function operatorObjects(kind: StoreKind): Promise<readonly Record<string, unknown>[]> {
    const { resources } = await renderStack("staging", withStore(kind), encryptedWith(kind));
    return resources
      .filter(({ type }) => type.startsWith("kubernetes:external-secrets.io/"))
      .map(({ inputs }) => {
        const object = hideSecrets(inputs) as Record<string, object>;
        const metadata = {
          ...object["metadata"],
          namespace: stack.namespace,
          generateName: "validated-",
          name: undefined,
        };
        return { ...object, metadata };
      });
  }

  for (const kind of external) {
    it(`every object of the store ${kind} is what the operator's definitions ask for`, async () => {
      const objects = await operatorObjects(kind);
      const { resources } = await renderStack("staging", withStore("generated"), encryptedWith("generated"));
      const secrets = resources.filter(({ type }) => type.endsWith(":Secret"));
      assert.equal(objects.length, secrets.length + 1, "one for each Secret that would be made, and the store");
      for (const object of objects) assert.equal(await validate(object), "accepted");
    });
  }

  it("and one with a field too many or too few is not", async () => {
    const [store] = await operatorObjects("vault");
    assert.match(await validate({ ...store, spec: {} }), /spec\.provider: Required value/);
    const spec = { ...(store?.["spec"] as object), controllerr: "x" };
    assert.match(await validate({ ...store, spec }), /unknown field "spec\.controllerr"/);
  });

  it("are no Secrets of ours", async () => {
    assert.equal(await stack.kubectl("get", "secrets", "-o", "name"), "");
    const path = "jsonpath={range .items[*]}{.spec.target.name}{'\\n'}{end}";
    const targets = (await stack.kubectl("get", "externalsecrets", "-o", path)).trim().split("\n");
    assert.deepEqual(targets.map((name) => name.replace(/-[0-9a-f]+$/, "")).sort(), [
      "cache-proxy-config",
      "cache-secrets",
      "database-login-owner",
      "database-login-reader",
      "database-login-service",
      "monitoring-web-service-secrets",
      "registry-secret",
    ]);
  });

  it("are waited for before any pod takes them, and go after the last pod that did", async () => {
    const run = await rollsBothColours(stack, () => stack.configure(configure("vault", { jwt: 2 })));
    const steps = operations(run);
    const first = (line: string) => steps.findIndex((step) => step.startsWith(line));
    assert.ok(first("create-replacement ExternalSecret") < first("update Deployment"), steps.join("\n"));
    assert.ok(first("update Deployment") < first("delete-replaced ExternalSecret"), steps.join("\n"));
  });

  it("change with their store, and no workload is replaced", async () => {
    for (const kind of ["aws", "kubernetes", "generated", "aws"] as const) {
      await rollsBothColours(stack, async () => {
        await stack.configure(configure(kind));
        if (kind !== "generated") return;
        const engine = await stack.engine;
        await engine.command(["config", "set", "--secret", "registryPassword", "first-password"]);
        await engine.command(["config", "set", "--secret", "slackWebhook", "https://hooks.example.com/first"]);
      });
    }
  });

  it("change nothing on a second run", async () => {
    assert.deepEqual(operations(await rollsNothing(stack, () => Promise.resolve())), []);
  });
});
