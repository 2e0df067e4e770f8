import type { ComponentResourceOptions, Input, Resource } from "@pulumi/pulumi";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment";
import { HorizontalPodAutoscaler } from "@pulumi/kubernetes/autoscaling/v2/horizontalPodAutoscaler";
import { Service } from "@pulumi/kubernetes/core/v1/service";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget";

import { priorityClassName } from "../cluster/priority-classes";
import { refuseConflicts } from "../core/errors";
import { COLOUR_LABEL, type Labels, selectorLabels, standardLabels } from "../core/labels";
import { StackComponent } from "../core/stack-component";
import { seconds } from "../core/units";
import type { AppNamespace } from "../security/app-namespace";
import { podTemplate, type TrustedCa } from "./pod";
import { settingsConflicts } from "./rules";
import type { ColourName, ServiceSettings } from "./settings";

export interface ColourArgs {
  readonly namespace: AppNamespace;
  /** The service that this is an instance of. */
  readonly service: string;
  /** @default none: the service has a single instance and is rolled in place */
  readonly colour?: ColourName | undefined;
  readonly image: string;
  /** What the image calls itself, for instance `1.0.0`; a label. */
  readonly version: string;
  readonly settings: ServiceSettings;
  readonly configMap: Input<string>;
  /** @default none: the service needs no secret */
  readonly secret?: Input<string> | undefined;
  /** @default none: no credentials are needed to pull the image */
  readonly pullSecret?: Input<string> | undefined;
  /** @default none: the image's own authorities are enough */
  readonly trustedCa?: TrustedCa | undefined;
  /** What has to exist before the first pod: the service account. */
  readonly after: readonly Resource[];
}

/**
 * One running version of a service: its Deployment, Service, autoscaler and disruption budget. A released service has up to two,
 * called blue and green, whose Services keep their selectors for ever; traffic moves by the route alone. A service that is
 * not released in colours has a single one.
 *
 * Traps:
 * - The Deployment states no `replicas` while an autoscaler is there: each `up` would take back what the autoscaler did. A new colour
 *   therefore starts with one pod and has its minimum within the autoscaler's first rounds, about 15 s.
 * - A fixed number (`settings.replicas`) replaces the autoscaler. Taking it away wakes a colour that was scaled to 0; one that was
 *   *created* at 0 can stay there, since its first manager still owns the field and an autoscaler never touches a Deployment
 *   at 0: leave such a colour out once, then add it again.
 * - The required anti-affinity wants a node per pod: above the number of nodes, pods wait for the cluster autoscaler.
 */
export class Colour extends StackComponent {
  /** The name of its Deployment and of its Service. */
  readonly instance: string;

  constructor(name: string, args: ColourArgs, options?: ComponentResourceOptions) {
    refuseConflicts(name, settingsConflicts(args.settings));
    super("workload", name, options);

    this.instance = args.colour === undefined ? args.service : `${args.service}-${args.colour}`;
    const labels = this.labels(args);
    const selector = selectorLabels(args.service, this.instance);
    this.createDeployment(args, labels, selector);
    this.createService(args, labels, selector);
    this.createDisruptionBudget(args, labels, selector);
    if (args.settings.replicas === undefined) this.createAutoscaler(args, labels);

    this.registerOutputs({ instance: this.instance, image: args.image, version: args.version });
  }

  private createDeployment(args: ColourArgs, labels: Labels, selector: Labels): void {
    const { settings } = args;
    const timeout = `${seconds(settings.rolloutTimeout)}s`;
    const version = { "app.kubernetes.io/version": args.version };
    new Deployment(
      this.name,
      {
        metadata: this.metadata(args, { ...labels, ...version }),
        spec: {
          ...(settings.replicas === undefined ? {} : { replicas: settings.replicas }),
          selector: { matchLabels: { ...selector } },
          // A pod more, never a pod less: the version that serves keeps all its capacity while it is rolled.
          strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
          revisionHistoryLimit: 3,
          progressDeadlineSeconds: 600,
          template: podTemplate({
            ...args,
            labels: { ...labels, ...version },
            selector,
            priorityClass: priorityClassName(args.namespace.namespace, "service"),
          }),
        },
      },
      {
        ...this.child({ dependsOn: [args.namespace.resource, ...args.after] }),
        customTimeouts: { create: timeout, update: timeout },
      },
    );
  }

  private createService(args: ColourArgs, labels: Labels, selector: Labels): void {
    const { port, metricsPort } = args.settings;
    new Service(
      this.name,
      {
        metadata: this.metadata(args, labels),
        spec: {
          type: "ClusterIP",
          selector: { ...selector },
          ports: [
            { name: "http", port, targetPort: "http", protocol: "TCP" },
            { name: "metrics", port: metricsPort, targetPort: "metrics", protocol: "TCP" },
          ],
        },
      },
      this.child({ dependsOn: [args.namespace.resource] }),
    );
  }

  private createDisruptionBudget(args: ColourArgs, labels: Labels, selector: Labels): void {
    new PodDisruptionBudget(
      this.name,
      {
        metadata: this.metadata(args, labels),
        spec: {
          minAvailable: args.settings.minAvailable,
          selector: { matchLabels: { ...selector } },
          // A pod that never got ready protects nothing and must not hold up a drain for ever.
          unhealthyPodEvictionPolicy: "AlwaysAllow",
        },
      },
      this.child({ dependsOn: [args.namespace.resource] }),
    );
  }

  private createAutoscaler(args: ColourArgs, labels: Labels): void {
    const { minReplicas, maxReplicas, cpuTarget, memoryTarget } = args.settings.autoscaling;
    const resource = (name: "cpu" | "memory", averageUtilization: number) => ({
      type: "Resource",
      resource: { name, target: { type: "Utilization", averageUtilization } },
    });
    new HorizontalPodAutoscaler(
      this.name,
      {
        metadata: this.metadata(args, labels),
        spec: {
          scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: this.instance },
          minReplicas,
          maxReplicas,
          metrics: [resource("cpu", cpuTarget), resource("memory", memoryTarget)],
          behavior: {
            // Up at once, to twice the pods in 30 s; down only after 5 quiet minutes, and a pod a minute: a release or a dip in
            // traffic should not throw warm pods away.
            scaleUp: {
              stabilizationWindowSeconds: 0,
              selectPolicy: "Max",
              policies: [
                { type: "Percent", value: 100, periodSeconds: 30 },
                { type: "Pods", value: 2, periodSeconds: 30 },
              ],
            },
            scaleDown: {
              stabilizationWindowSeconds: 300,
              selectPolicy: "Max",
              policies: [{ type: "Pods", value: 1, periodSeconds: 60 }],
            },
          },
        },
      },
      this.child({ dependsOn: [args.namespace.resource] }),
    );
  }

  private metadata(args: ColourArgs, labels: Labels) {
    return { name: this.instance, namespace: args.namespace.namespace, labels: { ...labels } };
  }

  private labels(args: ColourArgs): Labels {
    return {
      ...standardLabels({ name: args.service, instance: this.instance, component: "web-service" }),
      ...(args.colour === undefined ? {} : { [COLOUR_LABEL]: args.colour }),
    };
  }
}
