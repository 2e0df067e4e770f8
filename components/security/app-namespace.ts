import type { ComponentResourceOptions } from "@pulumi/pulumi";
import { LimitRange } from "@pulumi/kubernetes/core/v1/limitRange";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace";
import { ResourceQuota } from "@pulumi/kubernetes/core/v1/resourceQuota";

import { standardLabels } from "../core/labels";
import { StackComponent } from "../core/stack-component";
import { restrictedPods } from "./pod-security";
import { type QuotaDemand, quotaFor } from "./quota";

export interface AppNamespaceArgs {
  /** The namespace's name, for instance `monitoring-web-service-prod` (spec 004). */
  readonly namespace: string;
  /** Becomes the label `environment` (spec 004: `environment=production`). */
  readonly environment: string;
  /** What will run in it at most. */
  readonly demands: readonly QuotaDemand[];
  /**
   * The version of the Pod Security Standards. Pinned, so that upgrading a cluster never starts to refuse pods.
   *
   * @default v1.34
   */
  readonly podSecurityVersion?: string;
}

/**
 * The namespace that everything of ours lives in: Pod Security `restricted`, a quota that leaves room for a whole second
 * colour, and defaults for containers that state no resources (a quota refuses those otherwise).
 *
 * The trap: a ResourceQuota that is too tight shows up as a ReplicaSet that creates no pod, in the middle of a release.
 * `quotaFor` sizes it from the same settings as the workloads.
 *
 * @example new AppNamespace("namespace", { namespace: "monitoring-web-service-prod", environment: "production", demands })
 */
export class AppNamespace extends StackComponent {
  /** Known when the program runs: workloads take it as a plain string, so that nothing about them is ever unknown. */
  readonly namespace: string;
  /** What lives in the namespace depends on this. */
  readonly resource: Namespace;

  constructor(name: string, args: AppNamespaceArgs, options?: ComponentResourceOptions) {
    super("security", name, options);

    this.namespace = args.namespace;
    const labels = standardLabels({ name: args.namespace, component: "namespace" });
    this.resource = this.createNamespace(args, labels);
    this.createQuota(args, labels);
    this.createDefaults(labels);

    this.registerOutputs({ namespace: this.namespace });
  }

  private createNamespace(args: AppNamespaceArgs, labels: Readonly<Record<string, string>>): Namespace {
    return new Namespace(
      this.name,
      {
        metadata: {
          name: this.namespace,
          labels: {
            ...labels,
            environment: args.environment,
            ...restrictedPods(args.podSecurityVersion),
          },
        },
      },
      this.child(),
    );
  }

  private createQuota(args: AppNamespaceArgs, labels: Readonly<Record<string, string>>): void {
    const quota = quotaFor(args.demands);
    new ResourceQuota(
      `${this.name}-quota`,
      {
        metadata: { name: "quota", namespace: this.namespace, labels },
        spec: {
          hard: {
            pods: String(quota.pods),
            "requests.cpu": quota.requestsCpu,
            "requests.memory": quota.requestsMemory,
            "limits.cpu": quota.limitsCpu,
            "limits.memory": quota.limitsMemory,
            // Traffic comes in through the Ingress and by no other way.
            "services.loadbalancers": "0",
            "services.nodeports": "0",
          },
        },
      },
      this.child({ dependsOn: [this.resource] }),
    );
  }

  private createDefaults(labels: Readonly<Record<string, string>>): void {
    new LimitRange(
      `${this.name}-defaults`,
      {
        metadata: { name: "defaults", namespace: this.namespace, labels },
        spec: {
          limits: [
            {
              type: "Container",
              defaultRequest: { cpu: "50m", memory: "64Mi" },
              default: { cpu: "200m", memory: "256Mi" },
            },
          ],
        },
      },
      this.child({ dependsOn: [this.resource] }),
    );
  }
}
