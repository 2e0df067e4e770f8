import { isDeepStrictEqual } from "node:util";

import type { ComponentResourceOptions, Resource } from "@pulumi/pulumi";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy";

import { standardLabels } from "../core/labels";
import { StackComponent } from "../core/stack-component";
import { type Edge, everyPod, type PodEndpoint, policyPeers, policyPorts } from "./network-edges";

/** A namespace that we make, and so have to close. */
export interface OwnedNamespace {
  /** Its name, known when the program runs. */
  readonly namespace: string;
  /** What everything in it depends on. */
  readonly resource: Resource;
}

export interface NetworkPoliciesArgs {
  readonly namespace: OwnedNamespace;
  /** Every permitted edge; those that neither start nor end in the namespace do not concern it. */
  readonly edges: readonly Edge[];
}

/** The policy that closes a namespace. */
const DEFAULT_DENY = "default-deny";

/** Names of policies that stand for no endpoint of their own: a service must not be called so. */
export const reservedPolicyNames: readonly string[] = [DEFAULT_DENY, policyName(everyPod(""))];

/**
 * Denies everything in both directions in one namespace, then permits the edges: one policy per endpoint, so that a change to
 * an endpoint's edges is one object in a diff. An edge between two of our pods appears in the policies of both. Both colours of
 * a service share its policy.
 *
 * The trap: policies are only as good as the network plugin. The embedded environment enforces none, and on EKS the VPC CNI
 * needs its network policy agent switched on.
 */
export class NetworkPolicies extends StackComponent {
  constructor(name: string, args: NetworkPoliciesArgs, options?: ComponentResourceOptions) {
    const endpoints = endpointsIn(args.namespace.namespace, args.edges);
    super("security", name, options);

    this.createDefaultDeny(args.namespace);
    for (const endpoint of endpoints) this.createPolicy(args, endpoint);

    this.registerOutputs({});
  }

  private createDefaultDeny(namespace: OwnedNamespace): void {
    new NetworkPolicy(
      `${this.name}-${DEFAULT_DENY}`,
      {
        metadata: { name: DEFAULT_DENY, namespace: namespace.namespace, labels: this.labels(DEFAULT_DENY) },
        spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
      },
      this.child({ dependsOn: [namespace.resource] }),
    );
  }

  private createPolicy({ namespace, edges }: NetworkPoliciesArgs, endpoint: PodEndpoint): void {
    const object = policyName(endpoint);
    const ingress = edges
      .filter(({ to }) => isSame(to, endpoint))
      .map(({ from, ports }) => ({ from: policyPeers(from, namespace.namespace), ports: policyPorts(ports) }));
    const egress = edges
      .filter(({ from }) => isSame(from, endpoint))
      .map(({ to, ports }) => ({ to: policyPeers(to, namespace.namespace), ports: policyPorts(ports) }));
    new NetworkPolicy(
      `${this.name}-${object}`,
      {
        metadata: { name: object, namespace: namespace.namespace, labels: this.labels(object) },
        spec: {
          podSelector: Object.keys(endpoint.labels).length === 0 ? {} : { matchLabels: { ...endpoint.labels } },
          policyTypes: [...(ingress.length > 0 ? ["Ingress"] : []), ...(egress.length > 0 ? ["Egress"] : [])],
          ...(ingress.length > 0 ? { ingress } : {}),
          ...(egress.length > 0 ? { egress } : {}),
        },
      },
      this.child({ dependsOn: [namespace.resource] }),
    );
  }

  private labels(policy: string) {
    return standardLabels({ name: policy, component: "network" });
  }
}

/** `NGINX ingress controller` is the policy `nginx-ingress-controller`. */
function policyName({ name }: PodEndpoint): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
}

function isSame(end: Edge["from"], endpoint: PodEndpoint): boolean {
  return end.kind === "pods" && end.namespace === endpoint.namespace && end.name === endpoint.name;
}

/**
 * The endpoints of a namespace, each once, in the order of the edges. Two that would share a policy are a mistake in the table:
 * the edges of one would open for the pods of the other.
 */
function endpointsIn(namespace: string, edges: readonly Edge[]): readonly PodEndpoint[] {
  const found = new Map<string, PodEndpoint>();
  for (const end of edges.flatMap(({ from, to }) => [from, to])) {
    if (end.kind !== "pods" || end.namespace !== namespace) continue;
    const known = found.get(policyName(end));
    found.set(policyName(end), known ?? end);
    if (policyName(end) === DEFAULT_DENY || (known !== undefined && !isDeepStrictEqual(known, end))) {
      throw new Error(
        `${end.name} in ${namespace} shares the name of its policy, ${policyName(end)}, with another endpoint`,
      );
    }
  }
  return [...found.values()];
}
