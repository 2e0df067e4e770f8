import type { ComponentResourceOptions, Resource } from "@pulumi/pulumi";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy";

import { standardLabels } from "../core/labels";
import { StackComponent } from "../core/stack-component";
import { type Edge, type PodEndpoint, policyPeers, policyPorts } from "./network-edges";

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
    super("security", name, options);

    this.createDefaultDeny(args.namespace);
    for (const endpoint of endpointsIn(args.namespace.namespace, args.edges)) this.createPolicy(args, endpoint);

    this.registerOutputs({});
  }

  private createDefaultDeny(namespace: OwnedNamespace): void {
    new NetworkPolicy(
      `${this.name}-default-deny`,
      {
        metadata: { name: "default-deny", namespace: namespace.namespace, labels: this.labels("default-deny") },
        spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
      },
      this.child({ dependsOn: [namespace.resource] }),
    );
  }

  private createPolicy({ namespace, edges }: NetworkPoliciesArgs, endpoint: PodEndpoint): void {
    const policyName = objectName(endpoint);
    const ingress = edges
      .filter(({ to }) => isSame(to, endpoint))
      .map(({ from, ports }) => ({ from: policyPeers(from, namespace.namespace), ports: policyPorts(ports) }));
    const egress = edges
      .filter(({ from }) => isSame(from, endpoint))
      .map(({ to, ports }) => ({ to: policyPeers(to, namespace.namespace), ports: policyPorts(ports) }));
    new NetworkPolicy(
      `${this.name}-${policyName}`,
      {
        metadata: { name: policyName, namespace: namespace.namespace, labels: this.labels(policyName) },
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
function objectName({ name }: PodEndpoint): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
}

function isSame(end: Edge["from"], endpoint: PodEndpoint): boolean {
  return end.kind === "pods" && end.namespace === endpoint.namespace && end.name === endpoint.name;
}

/** The endpoints of a namespace, each once, in the order of the edges. */
function endpointsIn(namespace: string, edges: readonly Edge[]): readonly PodEndpoint[] {
  const found = new Map<string, PodEndpoint>();
  for (const end of edges.flatMap(({ from, to }) => [from, to])) {
    if (end.kind === "pods" && end.namespace === namespace && !found.has(end.name)) found.set(end.name, end);
  }
  return [...found.values()];
}
