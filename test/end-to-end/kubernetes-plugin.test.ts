import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import type { PulumiFn } from "@pulumi/pulumi/automation";
import { startTestBed, type TestBed } from "../local/plugins/kubernetes/harness";

const CANARY = "canary-7f3a-password";

/** What the tests change from run to run. */
interface Variation {
  readonly image?: string;
  readonly setting?: string;
  readonly password?: string;
  readonly type?: string;
  readonly selector?: string;
}

/** What of a resource's outputs the tests look at. */
interface Outputs {
  readonly __fieldManager: string;
  readonly __initialApiVersion: string;
  readonly __inputs: Record<string, unknown>;
  readonly status: Record<string, unknown>;
}

describe("the Kubernetes provider stand-in", function () {
  this.timeout(240_000);
  let bed: TestBed;

  before(async function () {
    this.timeout(300_000);
    bed = await startTestBed();
  });

  after(async () => {
    await bed.close();
  });

  function application(namespace: string, variation: Variation = {}): PulumiFn {
    return () => {
      const provider = bed.provider();
      const space = new k8s.core.v1.Namespace("space", { metadata: { name: namespace } }, { provider });
      const options = { provider, dependsOn: space };
      const secret = new k8s.core.v1.Secret(
        "secret",
        { metadata: { namespace }, stringData: { password: variation.password ?? CANARY } },
        options,
      );
      new k8s.core.v1.ConfigMap(
        "settings",
        { metadata: { namespace, name: "settings" }, data: { level: variation.setting ?? "info" } },
        options,
      );
      const labels = { app: variation.selector ?? "web" };
      const env = [{ name: "PASSWORD", valueFrom: { secretKeyRef: { name: secret.metadata.name, key: "password" } } }];
      const deployment = new k8s.apps.v1.Deployment(
        "web",
        {
          metadata: { namespace, name: "web" },
          spec: {
            replicas: 2,
            selector: { matchLabels: labels },
            template: {
              metadata: { labels },
              spec: { containers: [{ name: "web", image: variation.image ?? "registry.example/web:1", env }] },
            },
          },
        },
        options,
      );
      new k8s.core.v1.Service(
        "service",
        { metadata: { namespace, name: "web" }, spec: { selector: labels, ports: [{ port: 80 }] } },
        { provider, dependsOn: deployment },
      );
      return Promise.resolve({});
    };
  }

  // One story: each test goes on where the one before it stopped.
  describe("over the life of an application", () => {
    const space = "life";

    it("creates what does not exist and waits until the pods are ready", async () => {
      const stack = await bed.stack("life", application(space));
      const run = await stack.run("up");
      assert.deepEqual(run.errors, []);
      assert.deepEqual([...run.steps].sort(), [
        "create secret",
        "create service",
        "create settings",
        "create space",
        "create web",
      ]);
      const ready = await bed.kubectl(
        "-n",
        space,
        "get",
        "deployment",
        "web",
        "-o",
        "jsonpath={.status.readyReplicas}",
      );
      assert.equal(ready, "2");
    });

    it("changes nothing when nothing changed, in a preview as in an update", async () => {
      const stack = await bed.stack("life");
      assert.deepEqual((await stack.run("preview", application(space))).steps, []);
      assert.deepEqual((await stack.run("up", application(space))).steps, []);
      assert.deepEqual((await stack.run("refresh")).steps, []);
    });

    it("keeps a secret out of the plain state, as text and as base64", async () => {
      const state = (await bed.stack("life")).state();
      assert.equal(state.includes(CANARY), false);
      assert.equal(state.includes(Buffer.from(CANARY).toString("base64")), false);
      const stored = await bed.kubectl("-n", space, "get", "secrets", "-o", "jsonpath={.items[0].data.password}");
      assert.equal(Buffer.from(stored, "base64").toString(), CANARY);
    });

    it("records names, managers and the live object as the official provider does", async () => {
      const stack = await bed.stack("life");
      const web = await stack.resource("web");
      assert.equal(web["id"], "life/web");
      const outputs = web["outputs"] as Outputs;
      assert.match(outputs.__fieldManager, /^pulumi-kubernetes-[0-9a-f]{8}$/);
      assert.equal(outputs.__initialApiVersion, "apps/v1");
      assert.equal(outputs.__inputs["kind"], "Deployment");
      assert.equal(outputs.status["readyReplicas"], 2);
      assert.match(String((await stack.resource("secret"))["id"]), /^life\/secret-[0-9a-f]{8}$/);
    });

    it("updates a Deployment in place, and only it", async () => {
      const stack = await bed.stack("life");
      const run = await stack.run("up", application(space, { image: "registry.example/web:2" }));
      assert.deepEqual(run.steps, ["update web"]);
      const image = "jsonpath={.spec.template.spec.containers[0].image}";
      assert.equal(await bed.kubectl("-n", space, "get", "deployment", "web", "-o", image), "registry.example/web:2");
    });

    it("takes a field out of the object that is taken out of the program, although a POST had set it", async () => {
      const stack = await bed.stack("fields");
      const settings = (data: Record<string, string>) => () => {
        const provider = bed.provider({ enableConfigMapMutable: true });
        new k8s.core.v1.ConfigMap("fields", { metadata: { name: "fields" }, data }, { provider });
        return Promise.resolve();
      };
      await stack.run("up", settings({ kept: "1", dropped: "1" }));
      const run = await stack.run("up", settings({ kept: "2" }));
      assert.deepEqual([run.steps, run.errors], [["update fields"], []]);
      assert.equal(await bed.kubectl("get", "configmap", "fields", "-o", "jsonpath={.data}"), '{"kept":"2"}');
      await stack.run("destroy");
    });

    it("replaces a named ConfigMap by deleting it first", async () => {
      const stack = await bed.stack("life");
      const changed = application(space, { image: "registry.example/web:2", setting: "debug" });
      assert.deepEqual((await stack.run("preview", changed)).errors, []);
      const run = await stack.run("up", changed);
      assert.deepEqual(run.steps, ["delete-replaced settings", "replace settings", "create-replacement settings"]);
    });

    it("rotates an auto-named Secret by creating the new one first, rolls the pods and replaces no workload", async () => {
      const stack = await bed.stack("life");
      const run = await stack.run(
        "up",
        application(space, { image: "registry.example/web:2", setting: "debug", password: `${CANARY}-2` }),
      );
      assert.deepEqual(run.errors, []);
      assert.deepEqual(run.steps, [
        "create-replacement secret",
        "replace secret",
        "update web",
        "delete-replaced secret",
      ]);
    });

    it("replaces a Deployment whose selector changed", async () => {
      const stack = await bed.stack("life");
      const program = application(space, { image: "registry.example/web:2", setting: "debug", selector: "other" });
      const { steps } = await stack.run("preview", program);
      assert.deepEqual(
        steps.filter((step) => step.endsWith(" web")),
        ["delete-replaced web", "replace web", "create-replacement web"],
      );
    });

    it("deletes everything, and waits until it is gone", async () => {
      const stack = await bed.stack("life");
      const run = await stack.run("destroy");
      assert.deepEqual(run.errors, []);
      await assert.rejects(bed.kubectl("get", "namespace", space), /NotFound/);
    });
  });

  describe("drift", () => {
    const program = (annotations: Record<string, string> = {}): PulumiFn => {
      return () => {
        const provider = bed.provider({ enableConfigMapMutable: true });
        new k8s.core.v1.ConfigMap(
          "drifting",
          { metadata: { name: "drifting", annotations }, data: { level: "info" } },
          { provider },
        );
        return Promise.resolve();
      };
    };

    it("is seen by refresh, and put right by the next update where its manager may be overruled", async () => {
      const stack = await bed.stack("drift");
      await stack.run("up", program({ "pulumi.com/patchForce": "true" }));
      await bed.kubectl("patch", "configmap", "drifting", "-p", '{"data":{"level":"debug"}}');
      assert.deepEqual((await stack.run("refresh")).steps, ["update drifting"]);
      const run = await stack.run("up");
      assert.deepEqual([run.steps, run.errors], [["update drifting"], []]);
      assert.equal(await bed.kubectl("get", "configmap", "drifting", "-o", "jsonpath={.data.level}"), "info");
    });

    it("is not taken from another manager without being told to", async () => {
      const stack = await bed.stack("drift");
      await stack.run("up", program());
      await bed.kubectl("patch", "configmap", "drifting", "-p", '{"data":{"level":"debug"}}');
      await stack.run("refresh");
      const run = await stack.run("up");
      assert.deepEqual(run.errors.slice(0, 1), [
        'ConfigMap "default/drifting" was not updated; the API server says (Conflict): Apply failed with 1 conflict: ' +
          'conflict with "kubectl-patch" using v1: .data.level\n' +
          "Leave the field out of the program or put it into ignoreChanges if the other manager should keep it; " +
          'annotate the object with pulumi.com/patchForce: "true" to take it.',
      ]);
    });

    it("is recorded as gone when the object is gone", async () => {
      const stack = await bed.stack("drift");
      await bed.kubectl("delete", "configmap", "drifting");
      await stack.run("refresh");
      assert.equal(stack.state().includes("::drifting"), false);
      const run = await stack.run("up", program());
      assert.deepEqual([run.steps, run.errors], [["create drifting"], []]);
      await stack.run("destroy");
    });
  });

  it("imports an object that somebody else made, without touching it", async () => {
    await bed.kubectl("create", "configmap", "foreign", "--from-literal=a=1");
    const stack = await bed.stack("import", () => {
      new k8s.core.v1.ConfigMap(
        "adopted",
        { metadata: { name: "foreign", namespace: "default" }, data: { a: "1" } },
        { provider: bed.provider(), import: "default/foreign" },
      );
      return Promise.resolve();
    });
    const run = await stack.run("up");
    assert.deepEqual([run.steps, run.errors], [["import adopted"], []]);
    assert.equal((await stack.resource("adopted"))["id"], "default/foreign");
    await stack.run("destroy");
  });

  it("does not take over an object that exists, unless told to", async () => {
    await bed.kubectl("create", "configmap", "existing", "--from-literal=a=1");
    const program = (args: k8s.ProviderArgs) => () => {
      const provider = bed.provider(args);
      new k8s.core.v1.ConfigMap("existing", { metadata: { name: "existing" }, data: { b: "2" } }, { provider });
      return Promise.resolve();
    };
    const stack = await bed.stack("existing", program({}));
    const refused = await stack.run("up");
    assert.deepEqual(refused.errors.slice(0, 1), [
      'ConfigMap "default/existing" was not created; the API server says (AlreadyExists): configmaps "existing" already exists\n' +
        "Adopt it with `pulumi import` (or the resource option `import`), give it another name, or set upsertExistingObjects on the provider.",
    ]);
    assert.deepEqual((await stack.run("up", program({ upsertExistingObjects: true }))).errors, []);
    assert.equal(await bed.kubectl("get", "configmap", "existing", "-o", "jsonpath={.data}"), '{"a":"1","b":"2"}');
    await stack.run("destroy");
  });

  it("refuses an unknown field with the server's reason, before anything is made", async () => {
    const stack = await bed.stack("invalid", () => {
      const spec = { schedule: "* * * * *", replicaz: 3, jobTemplate: { spec: { template: { spec: {} } } } };
      new k8s.apiextensions.CustomResource(
        "invalid",
        { apiVersion: "batch/v1", kind: "CronJob", metadata: { name: "invalid" }, spec },
        { provider: bed.provider() },
      );
      return Promise.resolve();
    });
    const run = await stack.run("preview");
    assert.deepEqual(run.errors.slice(0, 1), [
      'Preview failed: CronJob "default/invalid" was not created; the API server says (BadRequest): CronJob in version "v1" cannot be handled as a CronJob: ' +
        'strict decoding error: unknown field "spec.replicaz"',
    ]);
  });

  it("refuses it in the first preview of its namespace too", async () => {
    const stack = await bed.stack("invalid-space", () => {
      const provider = bed.provider();
      const space = new k8s.core.v1.Namespace("space", { metadata: { name: "not-there-yet" } }, { provider });
      const args = { apiVersion: "v1", kind: "Service", metadata: { name: "a", namespace: "not-there-yet" } };
      const spec = { ports: [{ port: 80 }], selectorr: { a: "b" } };
      new k8s.apiextensions.CustomResource("service", { ...args, spec }, { provider, dependsOn: space });
      return Promise.resolve();
    });
    const run = await stack.run("preview");
    assert.match(run.errors.join("\n"), /Service "not-there-yet\/a" was not created; .*unknown field "spec.selectorr"/);
  });

  it("waits for an older object of the same name to go", async () => {
    const finalizers = ["example.com/keep"];
    const old = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "returning", finalizers } };
    await bed.kubectlInput(JSON.stringify(old), "create", "-f", "-");
    await bed.kubectl("delete", "configmap", "returning", "--wait=false");
    const stack = await bed.stack("returning", () => {
      const args = { metadata: { name: "returning" }, data: { a: "new" } };
      new k8s.core.v1.ConfigMap("returning", args, { provider: bed.provider() });
      return Promise.resolve();
    });
    let released: Promise<string> | undefined;
    const run = await stack.run("up", undefined, (text) => {
      if (!text.includes("object is being deleted")) return;
      released ??= bed.kubectl("patch", "configmap", "returning", "-p", '{"metadata":{"finalizers":null}}');
    });
    await released;
    assert.deepEqual(run.errors, []);
    assert.equal(await bed.kubectl("get", "configmap", "returning", "-o", "jsonpath={.data.a}"), "new");
    await stack.run("destroy");
  });

  it("never shows a secret in the server's reason", async () => {
    const stack = await bed.stack("redacted", () => {
      new k8s.core.v1.Secret(
        "redacted",
        {
          metadata: { name: "redacted" },
          type: "kubernetes.io/dockerconfigjson",
          data: { ".dockerconfigjson": CANARY },
        },
        { provider: bed.provider() },
      );
      return Promise.resolve();
    });
    const run = await stack.run("up");
    assert.equal(run.ok, false);
    assert.match(run.errors.join("\n"), /^Secret "default\/redacted" was not created; the API server says/);
    assert.equal([...run.messages, ...run.statuses].join("\n").includes(CANARY), false);
  });

  describe("an object that never gets ready", () => {
    const program = (nodeSelector: Record<string, string>) => () => {
      const labels = { app: "stuck" };
      new k8s.apps.v1.Deployment(
        "stuck",
        {
          metadata: { name: "stuck", annotations: { "pulumi.com/timeoutSeconds": "9" } },
          spec: {
            selector: { matchLabels: labels },
            template: {
              metadata: { labels },
              spec: { nodeSelector, containers: [{ name: "web", image: "registry.example/web:1" }] },
            },
          },
        },
        { provider: bed.provider() },
      );
      return Promise.resolve();
    };

    it("fails within its timeout, names the reason, and says it before", async () => {
      const stack = await bed.stack("stuck", program({ disk: "missing" }));
      const run = await stack.run("up");
      const reason =
        /0 of 1 pods are available; pod "stuck-[^"]+" is not scheduled: 0\/3 nodes are available: .*node affinity\/selector/;
      assert.match(run.errors[0] ?? "", /Deployment "default\/stuck" is not ready after 9 s: /);
      assert.match(run.errors[0] ?? "", reason);
      assert.match(run.messages[0] ?? "", /^Deployment "default\/stuck" is not ready yet: /);
      assert.match(run.messages[0] ?? "", reason);
    });

    it("stays in the state with its reason, and the next update waits again", async () => {
      const stack = await bed.stack("stuck");
      assert.equal((await stack.resource("stuck"))["id"], "default/stuck");
      assert.match(JSON.stringify((await stack.resource("stuck"))["initErrors"]), /is not scheduled/);
      const run = await stack.run("up", program({}));
      assert.deepEqual([run.steps, run.errors], [["update stuck"], []]);
      assert.equal((await stack.resource("stuck"))["initErrors"], undefined);
      await stack.run("destroy");
    });

    it("is left in the state when the wait is interrupted", async () => {
      const stack = await bed.stack("interrupted", program({ disk: "missing" }));
      const run = await stack.run("up", undefined, (text, interrupt) => {
        if (text.includes("is not scheduled")) interrupt();
      });
      assert.equal(run.ok, false);
      assert.match(
        run.errors.join("\n"),
        /the wait for Deployment "default\/stuck" was interrupted; it is not ready yet/,
      );
      assert.equal((await stack.resource("stuck"))["id"], "default/stuck");
      await stack.run("destroy");
    });
  });

  it("creates a custom resource that comes before its definition", async () => {
    const stack = await bed.stack("definition", () => {
      const provider = bed.provider();
      new k8s.apiextensions.CustomResource(
        "widget",
        { apiVersion: "example.com/v1", kind: "Widget", metadata: { name: "first" }, spec: { size: 3 } },
        { provider },
      );
      const schema = {
        type: "object",
        properties: { spec: { type: "object", x_kubernetes_preserve_unknown_fields: true } },
      };
      new k8s.apiextensions.v1.CustomResourceDefinition(
        "definition",
        {
          metadata: { name: "widgets.example.com" },
          spec: {
            group: "example.com",
            scope: "Namespaced",
            names: { plural: "widgets", singular: "widget", kind: "Widget", listKind: "WidgetList" },
            versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema } }],
          },
        },
        { provider },
      );
      return Promise.resolve();
    });
    const run = await stack.run("up");
    assert.deepEqual(run.errors, []);
    assert.equal(await bed.kubectl("get", "widgets", "first", "-o", "jsonpath={.spec.size}"), "3");
    assert.deepEqual((await stack.run("preview")).steps, []);
    assert.deepEqual((await stack.run("destroy")).errors, []);
  });

  it("names the finalizer that holds an object, and who has to clear it", async () => {
    const stack = await bed.stack("finalizer", () => {
      const annotations = { "pulumi.com/timeoutSeconds": "3" };
      new k8s.core.v1.ConfigMap("held", { metadata: { name: "held", annotations } }, { provider: bed.provider() });
      return Promise.resolve();
    });
    await stack.run("up");
    const patch = '{"metadata":{"finalizers":["backup.example.com/keep"]}}';
    await bed.kubectl("patch", "configmap", "held", "--field-manager", "backup-operator", "-p", patch);
    const run = await stack.run("destroy");
    assert.match(
      run.errors[0] ?? "",
      /ConfigMap "default\/held" is not deleted after 3 s: it is held by finalizer "backup.example.com\/keep" \(the controller of backup.example.com has to clear it; it was set by "backup-operator"\)/,
    );
    await bed.kubectl("patch", "configmap", "held", "-p", '{"metadata":{"finalizers":null}}');
    assert.deepEqual((await stack.run("destroy")).errors, []);
  });

  describe("a cluster", () => {
    const program = (args: k8s.ProviderArgs) => () => {
      new k8s.core.v1.ConfigMap("here", { metadata: { name: "here" } }, { provider: bed.provider(args) });
      return Promise.resolve();
    };

    it("that keeps its identifier replaces nothing, however it is reached", async () => {
      const stack = await bed.stack("identifier", program({}));
      await stack.run("up");
      const kubeconfig = await bed.kubectl("config", "view", "--raw", "--flatten", "-o", "json");
      const moved = kubeconfig.replace("127.0.0.1", "localhost");
      const run = await stack.run("preview", program({ kubeconfig: moved }));
      assert.deepEqual([run.steps, run.errors], [[], []]);
    });

    it("with another identifier replaces everything", async () => {
      const stack = await bed.stack("identifier");
      const run = await stack.run("preview", program({ clusterIdentifier: "another" }));
      assert.deepEqual(run.errors, []);
      assert.equal(run.steps.includes("replace here"), true);
      await stack.run("destroy", program({}));
    });

    it("that is unreachable fails the preview with its address and a remedy", async () => {
      const kubeconfig = (await bed.kubectl("config", "view", "--raw", "--flatten", "-o", "json")).replace(
        /https:\/\/127\.0\.0\.1:\d+/,
        "https://127.0.0.1:1",
      );
      const stack = await bed.stack("unreachable", program({ kubeconfig }));
      const run = await stack.run("preview");
      assert.match(
        run.errors.join("\n"),
        /the Kubernetes API server https:\/\/127\.0\.0\.1:1 is unreachable \(ECONNREFUSED\)\. Start the cluster, or point the provider's kubeconfig and context "local" to one that runs\./,
      );
    });

    it("that does not know the credentials says so", async () => {
      const config = JSON.parse(await bed.kubectl("config", "view", "--raw", "--flatten", "-o", "json")) as {
        users: { user: object }[];
      };
      for (const entry of config.users) entry.user = { token: "nobody" };
      const stack = await bed.stack("unauthorised", program({ kubeconfig: JSON.stringify(config) }));
      const run = await stack.run("preview");
      assert.match(run.errors.join("\n"), /does not accept the credentials of context "local" \(unauthorised\)/);
    });

    it("with the certificate of another authority says so", async () => {
      const config = JSON.parse(await bed.kubectl("config", "view", "--raw", "--flatten", "-o", "json")) as {
        clusters: { cluster: Record<string, string> }[];
        users: { user: Record<string, string> }[];
      };
      // The administrator's own certificate is no authority that could have signed the server's.
      const stranger = config.users[0]?.user["client-certificate-data"] ?? "";
      for (const entry of config.clusters) entry.cluster["certificate-authority-data"] = stranger;
      const stack = await bed.stack("certificate", program({ kubeconfig: JSON.stringify(config) }));
      const run = await stack.run("preview");
      assert.match(run.errors.join("\n"), /shows a certificate that the kubeconfig's authority did not sign/);
    });
  });

  it("records a Helm release without installing it, and says so", async () => {
    const program = (level: string) => () => {
      new k8s.helm.v3.Release(
        "monitoring",
        {
          chart: "prometheus",
          version: "1.2.3",
          name: "monitoring",
          namespace: "default",
          repositoryOpts: { repo: "https://charts.example.com" },
          values: { level },
        },
        { provider: bed.provider() },
      );
      return Promise.resolve();
    };
    const stack = await bed.stack("helm", program("info"));
    const created = await stack.run("up");
    assert.deepEqual([created.steps, created.errors], [["create monitoring"], []]);
    assert.deepEqual(created.messages, [
      "prometheus 1.2.3 is recorded, not installed: the stand-in provider fetches no charts",
    ]);
    assert.deepEqual((await stack.run("up")).steps, []);
    assert.deepEqual((await stack.run("up", program("debug"))).steps, ["update monitoring"]);
    const release = (await stack.resource("monitoring"))["outputs"] as Outputs;
    assert.equal(release.status["revision"], 2);
    assert.equal(release.status["status"], "deployed");
    await stack.run("destroy");
  });
});
