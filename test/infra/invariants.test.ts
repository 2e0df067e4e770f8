import assert from "node:assert/strict";

import { CANARY, hideSecrets, type Registered } from "../support/mocks";
import { encrypted, everything } from "../support/everything";
import { podSecurityViolations } from "../support/pod-security";
import { containersOf, podsOf } from "../support/pods";
import { at, type ConfigValues, objectName, reaches, type Rendered, renderStack, stacks } from "../support/resources";
import { withoutAddons } from "../support/second-stack";
import { storeKinds, withStore } from "../support/secret-stores";

/** An object of the API; a release of a chart is none itself. */
const isKubernetes = ({ type }: Registered) =>
  type.startsWith("kubernetes:") && !type.startsWith("kubernetes:helm.sh/");

const namespaceOf = (resource: Registered) => at(resource, "metadata", "namespace") ?? at(resource, "namespace");

/** The same, with its traffic by Gateway API. */
function everythingByGateway(config: ConfigValues): void {
  everything(config);
  config["traffic"] = { ...(config["traffic"] as object), kind: "gateway" };
}

/** Kinds that stand in no namespace. */
const isClusterWide = ({ type }: Registered) =>
  /:(Namespace|StorageClass|ClusterIssuer|PriorityClass|ValidatingAdmissionPolicy(Binding)?)$/.test(type);

const deployments = ({ resources }: Rendered) =>
  resources.filter(({ type }) => type === "kubernetes:apps/v1:Deployment");

/** The pods whose templates are ours to write. */
const written = ({ resources }: Rendered) =>
  resources.flatMap(podsOf).flatMap(({ spec, ...shape }) => (spec === undefined ? [] : [{ ...shape, spec }]));

const ofKind = ({ resources }: Rendered, kind: string) =>
  resources
    .filter(({ type }) => type.endsWith(`:${kind}`))
    .map((resource) => resource.name)
    .sort();

const names = ({ resources }: Rendered, kind: string) =>
  resources.filter(({ type }) => type.endsWith(`:${kind}`)).map((resource) => objectName(resource));

const external = storeKinds.filter((kind) => kind !== "generated");

interface Variant {
  readonly what: string;
  readonly change?: (config: ConfigValues) => void;
  /** Whether the stack knows secrets' values. @default true */
  readonly holdsSecrets?: boolean;
}

const variants: readonly Variant[] = [
  { what: "as it is" },
  { what: "with everything on", change: everything },
  { what: "with everything on and its traffic by Gateway API", change: everythingByGateway },
  ...external.map((kind) => ({ what: `with the store ${kind}`, change: withStore(kind), holdsSecrets: false })),
];

for (const name of stacks) {
  for (const { what, change, holdsSecrets = true } of variants) {
    describe(`all resources of the stack ${name}, ${what},`, () => {
      let stack: Rendered;
      before(async () => {
        stack = await renderStack(name, change, holdsSecrets ? encrypted : []);
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

      it("stand in a namespace of ours, if they are Kubernetes objects", () => {
        const ours = stack.resources.filter(({ type }) => type === "kubernetes:core/v1:Namespace").map(objectName);
        assert.ok(ours.includes(stack.outputs.namespace));
        for (const resource of stack.resources.filter((one) => isKubernetes(one) && !isClusterWide(one))) {
          assert.ok(ours.includes(String(namespaceOf(resource))), resource.urn);
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

      it("come after the namespace that they are in", () => {
        const namespaces = stack.resources.filter(({ type }) => type === "kubernetes:core/v1:Namespace");
        const urns = new Map(namespaces.map((one) => [objectName(one), one.urn]));
        const namespaced = stack.resources.filter((one) => one.type.startsWith("kubernetes:") && !isClusterWide(one));
        const early = namespaced.filter(
          (one) => !reaches(stack, one).has(urns.get(String(namespaceOf(one))) ?? "a namespace that is not ours"),
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
        // Under their wrapping, the values are there; with a store outside, not even so.
        assert.equal(JSON.stringify(stack.resources).includes(CANARY), holdsSecrets);
      });

      it(`${holdsSecrets ? "make" : "neither make nor hold"} secrets`, () => {
        const made = stack.resources.filter(({ type }) => type.startsWith("random:") || type.endsWith(":Secret"));
        assert.equal(made.length > 0, holdsSecrets, made.map(({ urn }) => urn).join("\n"));
      });

      it(holdsSecrets ? "ask nobody for secrets" : "ask the store for each Secret that would be made", async () => {
        const asked = ofKind(stack, "ExternalSecret");
        if (holdsSecrets) assert.deepEqual(asked, []);
        else assert.deepEqual(asked, ofKind(await renderStack(name, withStore("generated"), encrypted), "Secret"));
      });

      it("state no replicas where an autoscaler decides", () => {
        const scaled = stack.resources.filter(({ type }) => type.endsWith(":HorizontalPodAutoscaler")).map(objectName);
        assert.ok(scaled.length > 0);
        for (const deployment of deployments(stack)) {
          const stated = at(deployment, "spec", "replicas") !== undefined;
          assert.notEqual(stated, scaled.includes(objectName(deployment)), deployment.urn);
        }
      });

      it("enforce Pod Security restricted, if they are namespaces", () => {
        const namespaces = stack.resources.filter(({ type }) => type === "kubernetes:core/v1:Namespace");
        for (const namespace of namespaces) {
          for (const mode of ["enforce", "audit", "warn"]) {
            const level = at(namespace, "metadata", "labels", `pod-security.kubernetes.io/${mode}`);
            assert.equal(level, "restricted", namespace.urn);
          }
        }
      });

      it("are pods that Pod Security restricted lets in, with a root filesystem that nobody writes", () => {
        for (const { owner, spec } of written(stack)) {
          assert.deepEqual(podSecurityViolations({ spec }), [], owner);
          for (const { name: container, securityContext } of containersOf(spec)) {
            assert.equal(securityContext?.["readOnlyRootFilesystem"], true, `${owner}: ${container}`);
          }
        }
      });

      it("state what each container asks for and may use, if they are pods", () => {
        for (const { owner, spec } of written(stack)) {
          for (const { name: container, resources = {} } of containersOf(spec)) {
            for (const amounts of [resources.requests, resources.limits]) {
              const missing = ["cpu", "memory"].filter((resource) => amounts?.[resource] === undefined);
              assert.deepEqual(missing, [], `${owner}: ${container}`);
            }
          }
        }
      });

      it("have a rank that exists, if they are pods", () => {
        const classes = names(stack, "PriorityClass");
        for (const { owner, spec } of written(stack)) assert.ok(classes.includes(spec.priorityClassName), owner);
      });

      it("spread over zones, if they are more than one pod", () => {
        const scaled = names(stack, "HorizontalPodAutoscaler");
        for (const { owner, replicas = 0, spec } of written(stack)) {
          if (replicas < 2 && !scaled.includes(owner.split(" ")[1])) continue;
          const keys = (spec.topologySpreadConstraints ?? []).map(({ topologyKey }) => topologyKey);
          assert.ok(keys.includes("topology.kubernetes.io/zone"), owner);
        }
      });

      it("have a token only where a Role gives it something to do, if they are pods", () => {
        const bound = new Set(
          stack.resources
            .filter(({ type }) => /:(Cluster)?RoleBinding$/.test(type))
            .flatMap((binding) => at(binding, "subjects") as readonly { name: string; namespace: string }[])
            .map((subject) => `${subject.namespace}/${subject.name}`),
        );
        for (const { owner, namespace, spec } of written(stack)) {
          const needsToken = bound.has(`${namespace}/${spec.serviceAccountName ?? "default"}`);
          assert.equal(spec.automountServiceAccountToken, needsToken, owner);
        }
      });

      it("agree on what selects what", () => {
        const template = (resource: Registered) =>
          at(resource, "spec", "template", "metadata", "labels") as Readonly<Record<string, string>>;
        for (const deployment of deployments(stack)) {
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

describe("two stacks on one cluster", () => {
  it("share no object that belongs to the whole cluster, if one of them installs the add-ons", async () => {
    const [staging, production] = [await renderStack("staging", withoutAddons), await renderStack("production")];
    const own = ({ resources }: Rendered) =>
      resources.filter(isClusterWide).map((resource) => `${resource.type} ${objectName(resource) ?? ""}`);
    assert.ok(own(staging).length > 1);
    assert.deepEqual(
      own(staging).filter((object) => own(production).includes(object)),
      [],
    );
  });
});

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
