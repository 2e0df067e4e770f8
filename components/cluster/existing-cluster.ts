import type { ComponentResourceOptions } from "@pulumi/pulumi";
import { Provider } from "@pulumi/kubernetes/provider";

import { StackComponent } from "../core/stack-component";

export interface ExistingClusterArgs {
  /** Absolute path of the kubeconfig file. A path and not its content: credentials stay out of the state. */
  readonly kubeconfig: string;
  /** The context in it. Always explicit: the file's current context is somebody's passing choice. */
  readonly context: string;
  /**
   * What makes this cluster this cluster.
   *
   * @default the context's name
   */
  readonly identifier?: string | undefined;
}

/**
 * A cluster that somebody else runs: EKS, GKE, AKS, kind, or the embedded environment.
 *
 * The provider it makes is the only one: default providers are off, so nothing of ours can end up in the cluster that a
 * developer's ambient kubeconfig happens to name. The trap is its `clusterIdentifier`: left alone, the provider derives it
 * from the kubeconfig, and a moved file or a new certificate authority reads as another cluster, which means replacing every
 * object in it. Ours is a name that we choose, and it only changes when the cluster really is another one.
 *
 * @example new ExistingCluster("cluster", { kubeconfig: "/home/me/.kube/staging", context: "staging" })
 */
export class ExistingCluster extends StackComponent {
  readonly provider: Provider;
  /** What the cluster is called in outputs and reports. */
  readonly identifier: string;

  constructor(name: string, args: ExistingClusterArgs, options?: ComponentResourceOptions) {
    super("cluster", name, options);

    this.identifier = args.identifier ?? args.context;
    this.provider = new Provider(
      `${name}-provider`,
      {
        kubeconfig: args.kubeconfig,
        context: args.context,
        clusterIdentifier: this.identifier,
        enableServerSideApply: true,
        // What the program says is ours: a change by hand is put right by the next update instead of refused as a
        // conflict. What others own (an autoscaler's replicas) is left out of the program.
        enablePatchForce: true,
      },
      this.child(),
    );

    this.registerOutputs({ identifier: this.identifier });
  }
}
