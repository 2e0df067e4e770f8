import type { ComponentResourceOptions } from "@pulumi/pulumi";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy";

import { selectorLabels, standardLabels } from "../core/labels";
import { StackComponent } from "../core/stack-component";
import type { AppNamespace } from "./app-namespace";
import { type Edge, policyPeers, policyPorts } from "./network-edges";

export interface NetworkPoliciesArgs {
  readonly namespace: AppNamespace;
  /** Every permitted edge; see `networkEdges`. */
  readonly edges: readonly Edge[];
}

/**
 * Denies everything in both directions, then permits the edges: one policy per service, so that a change to a service's
 * edges is one object in a diff. Both colours of a service share its policy.
 *
 * The trap: policies are only as good as the network plugin. The embedded environment enforces none, and on EKS the VPC CNI
 * needs its network policy agent switched on.
 */
export class NetworkPolicies extends StackComponent {
  constructor(name: string, args: NetworkPoliciesArgs, options?: ComponentResourceOptions) {
    super("security", name, options);

    this.createDefaultDeny(args.namespace);
    for (const service of new Set(args.edges.map((edge) => edge.service))) {
      this.createPolicy(
        args.namespace,
        service,
        args.edges.filter((edge) => edge.service === service),
      );
    }

    this.registerOutputs({});
  }

  private createDefaultDeny(namespace: AppNamespace): void {
    new NetworkPolicy(
      `${this.name}-default-deny`,
      {
        metadata: { name: "default-deny", namespace: namespace.namespace, labels: this.labels("default-deny") },
        spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
      },
      this.child({ dependsOn: [namespace.resource] }),
    );
  }

  private createPolicy(namespace: AppNamespace, service: string, edges: readonly Edge[]): void {
    const policyName = service === "*" ? "every-pod" : service;
    const ingress = edges
      .filter(({ direction }) => direction === "ingress")
      .map(({ peer, ports }) => ({ from: policyPeers(peer), ports: policyPorts(ports) }));
    const egress = edges
      .filter(({ direction }) => direction === "egress")
      .map(({ peer, ports }) => ({ to: policyPeers(peer), ports: policyPorts(ports) }));
    new NetworkPolicy(
      `${this.name}-${policyName}`,
      {
        metadata: { name: policyName, namespace: namespace.namespace, labels: this.labels(policyName) },
        spec: {
          podSelector: service === "*" ? {} : { matchLabels: { ...selectorLabels(service) } },
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
