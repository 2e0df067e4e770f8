import assert from "node:assert/strict";

import { CANARY, hideSecrets, type Registered } from "../support/mocks";
import { at, type ConfigValues, objectName, type Rendered, renderStack, stacks } from "../support/resources";

/** Every optional thing at once, so that no kind of resource escapes the rules. */
function everything(config: ConfigValues): void {
  config["release"] = {
    active: "blue",
    blue: (config["release"] as { blue: unknown }).blue,
    green: (config["release"] as { blue: unknown }).blue,
  };
  config["services"] = {
    "monitoring-web-service": { secrets: ["jwt", "csrf", "encryptionKey", "database", "cache", "slackWebhook"] },
    "mcp-memory": {
      image: `registry.example.com/mcp-memory@sha256:${"0".repeat(64)}`,
      version: "1.0.0",
      egress: ["cache"],
      secrets: ["cache"],
      apiAccess: [{ apiGroup: "", resource: "configmaps", names: ["release-record"], verbs: ["get"] }],
    },
  };
  config["registry"] = { server: "registry.example.com", username: "robot" };
  config["registryPassword"] = `${CANARY}-registry`;
  config["slackWebhook"] = `https://hooks.example.com/${CANARY}`;
}

const encrypted = ["registryPassword", "slackWebhook"];

const isKubernetes = ({ type }: Registered) => type.startsWith("kubernetes:");

const workloads = ({ resources }: Rendered) =>
  resources.filter(({ type }) => /^kubernetes:apps\/v1:(Deployment|StatefulSet)$/.test(type));

const cronJobs = ({ resources }: Rendered) => resources.filter(({ type }) => type === "kubernetes:batch/v1:CronJob");

const podSpecs = (stack: Rendered) => [
  ...workloads(stack).map((resource) => [resource, podOf(resource)] as const),
  ...cronJobs(stack).map((job) => [job, at(job, "spec", "jobTemplate", "spec", "template", "spec") as Pod] as const),
];

interface Pod {
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly volumes: readonly Readonly<Record<string, unknown>>[];
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
}

interface Container {
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly resources: unknown;
}

/** What a pod may mount: what is made for it, and nothing of its node. */
const VOLUMES = ["emptyDir", "configMap", "secret"];

const podOf = (resource: Registered) => at(resource, "spec", "template", "spec") as Pod;

for (const name of stacks) {
  for (const [variant, change] of [
    ["as it is", undefined],
    ["with everything on", everything],
  ] as const) {
    describe(`all resources of the stack ${name}, ${variant},`, () => {
      let stack: Rendered;
      before(async () => {
        stack = await renderStack(name, change, encrypted);
      });

      it("have a parent; only our components stand below the stack itself", () => {
        const orphans = stack.resources.filter(
          ({ parent, custom }) => parent === "" || (custom && parent.includes("pulumi:pulumi:Stack")),
        );
        assert.deepEqual(
          orphans.map(({ urn }) => urn),
          [],
        );
      });

      it("have names that start with their parent's", () => {
        const stray = stack.resources.filter(
          ({ parent, name: own }) =>
            !parent.includes("pulumi:pulumi:Stack") && !own.startsWith(parent.split("::").at(-1) ?? "?"),
        );
        assert.deepEqual(
          stray.map(({ urn }) => urn),
          [],
        );
      });

      it("have unique URNs", () => {
        const urns = stack.resources.map(({ urn }) => urn);
        assert.equal(new Set(urns).size, urns.length);
      });

      it("carry the standard labels, if they are Kubernetes objects", () => {
        const keys = ["name", "instance", "component", "part-of", "managed-by"].map(
          (key) => `app.kubernetes.io/${key}`,
        );
        for (const resource of stack.resources.filter(isKubernetes)) {
          const labels = (at(resource, "metadata", "labels") ?? {}) as Readonly<Record<string, string>>;
          assert.deepEqual(
            keys.filter((key) => !(key in labels)),
            [],
            resource.urn,
          );
        }
      });

      it("stand in the stack's namespace, if they are Kubernetes objects", () => {
        const namespaced = stack.resources.filter((one) => isKubernetes(one) && !one.type.endsWith(":Namespace"));
        for (const resource of namespaced) {
          assert.equal(at(resource, "metadata", "namespace"), stack.outputs.namespace, resource.urn);
        }
      });

      it("are made by our own provider, if they are Kubernetes objects", () => {
        const provider = stack.resources.find(({ type }) => type === "pulumi:providers:kubernetes");
        assert.ok(provider);
        const strangers = stack.resources.filter(
          (one) => isKubernetes(one) && !one.provider.startsWith(`${provider.urn}::`),
        );
        assert.deepEqual(
          strangers.map(({ urn }) => urn),
          [],
        );
      });

      it("come after the namespace, if they are in it", () => {
        const namespace = stack.resources.find(({ type }) => type === "kubernetes:core/v1:Namespace");
        assert.ok(namespace);
        const early = stack.resources.filter(
          (one) => isKubernetes(one) && one !== namespace && !one.dependencies.includes(namespace.urn),
        );
        assert.deepEqual(
          early.map(({ urn }) => urn),
          [],
        );
      });

      it("hold no secret in the open", () => {
        for (const { urn, inputs } of stack.resources) {
          assert.ok(!JSON.stringify(hideSecrets(inputs)).includes(CANARY), urn);
        }
        assert.ok(!JSON.stringify(stack.outputs).includes(CANARY));
        // The rule can fail: the values are there, under their wrapping.
        assert.ok(JSON.stringify(stack.resources).includes(CANARY));
      });

      it("state no replicas where an autoscaler decides", () => {
        const scaled = stack.resources.filter(({ type }) => type.endsWith(":HorizontalPodAutoscaler")).map(objectName);
        assert.ok(scaled.length > 0);
        for (const deployment of workloads(stack)) {
          const stated = at(deployment, "spec", "replicas") !== undefined;
          assert.notEqual(stated, scaled.includes(objectName(deployment)), deployment.urn);
        }
      });

      it("are pods that Pod Security restricted lets in", () => {
        for (const [{ urn }, pod] of podSpecs(stack)) {
          assert.equal(pod.securityContext["runAsNonRoot"], true, urn);
          assert.notEqual(pod.securityContext["runAsUser"], 0, urn);
          assert.deepEqual(pod.securityContext["seccompProfile"], { type: "RuntimeDefault" }, urn);
          for (const { securityContext, resources } of [...pod.containers, ...(pod.initContainers ?? [])]) {
            assert.equal(securityContext["allowPrivilegeEscalation"], false, urn);
            assert.equal(securityContext["readOnlyRootFilesystem"], true, urn);
            assert.deepEqual(securityContext["capabilities"], { drop: ["ALL"] }, urn);
            assert.notEqual(resources, undefined, urn);
          }
          for (const volume of pod.volumes)
            assert.ok(
              VOLUMES.some((kind) => kind in volume),
              urn,
            );
        }
      });

      it("agree on what selects what", () => {
        const template = (resource: Registered) =>
          at(resource, "spec", "template", "metadata", "labels") as Readonly<Record<string, string>>;
        for (const deployment of workloads(stack)) {
          const labels = Object.entries(template(deployment));
          const same = stack.resources.filter(
            (one) =>
              one.parent === deployment.parent &&
              /:(Service|PodDisruptionBudget|Deployment|StatefulSet)$/.test(one.type),
          );
          assert.equal(same.length, 3, deployment.urn);
          for (const resource of same) {
            const selector = at(resource, "spec", "selector") as Readonly<Record<string, unknown>>;
            const wanted = Object.entries((selector["matchLabels"] ?? selector) as Readonly<Record<string, string>>);
            assert.equal(wanted.length, 2, resource.urn);
            for (const [key, value] of wanted)
              assert.ok(
                labels.some(([k, v]) => k === key && v === value),
                resource.urn,
              );
          }
        }
      });

      it("register their outputs once, if they are components", () => {
        const components = stack.resources.filter(({ custom }) => !custom);
        assert.deepEqual(
          components.filter(({ urn }) => stack.outputRegistrations.get(urn) !== 1).map(({ urn }) => urn),
          [],
        );
      });
    });
  }
}

describe("the provider", () => {
  it("is told everything: kubeconfig, context, and an identity of our own choice", async () => {
    const { resources } = await renderStack("production");
    const provider = resources.find(({ type }) => type === "pulumi:providers:kubernetes");
    assert.deepEqual(provider?.inputs, {
      kubeconfig: "/etc/monitoring-web-service/production.kubeconfig",
      context: "production",
      clusterIdentifier: "production",
      enableServerSideApply: "true",
      enablePatchForce: "true",
    });
  });

  it("finds a relative kubeconfig from the project's root", async () => {
    const { resources } = await renderStack("local");
    const provider = resources.find(({ type }) => type === "pulumi:providers:kubernetes");
    assert.match(String(provider?.inputs["kubeconfig"]), /^\/.+\/\.local\/kubeconfig$/);
  });
});
