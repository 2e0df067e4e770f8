import type { ComponentResourceOptions } from "@pulumi/pulumi";
import { PriorityClass } from "@pulumi/kubernetes/scheduling/v1/priorityClass";

import { standardLabels } from "../core/labels";
import { StackComponent } from "../core/stack-component";

interface Rank {
  /** Higher goes first. It can never change: another value is another class. */
  readonly value: number;
  readonly preemptionPolicy: "PreemptLowerPriority" | "Never";
  readonly description: string;
}

/** Who keeps running when a cluster is short of room. Pods without a class have 0, the cluster's own have 2,000,000,000. */
const ranks = {
  data: {
    value: 300_000,
    preemptionPolicy: "PreemptLowerPriority",
    description: "Database and cache: without them nothing else works.",
  },
  service: { value: 200_000, preemptionPolicy: "PreemptLowerPriority", description: "What answers requests." },
  batch: { value: 100_000, preemptionPolicy: "Never", description: "Jobs, which can wait and push nobody out." },
} as const satisfies Readonly<Record<string, Rank>>;

export type Priority = keyof typeof ranks;

/** The class's name, which pods take as a plain string. */
export function priorityClassName(namespace: string, priority: Priority): string {
  return `${namespace}-${priority}`;
}

export interface PriorityClassesArgs {
  /** The stack's namespace, which no other stack on the cluster can have. */
  readonly namespace: string;
}

/**
 * The stack's PriorityClasses: data before services before jobs. They belong to the whole cluster, so their names begin with the
 * stack's namespace, which two stacks on one cluster cannot share (docs/adr/0009).
 *
 * The trap: two stacks on one cluster rank alike, and the database of one pushes out services of the other. A stack that must not
 * suffer for another needs nodes, or a cluster, of its own.
 *
 * @example new PriorityClasses("priorities", { namespace: "monitoring-web-service-prod" }, options)
 */
export class PriorityClasses extends StackComponent {
  constructor(name: string, { namespace }: PriorityClassesArgs, options?: ComponentResourceOptions) {
    super("cluster", name, options);

    for (const priority of Object.keys(ranks) as Priority[]) this.createClass(namespace, priority);

    this.registerOutputs({});
  }

  private createClass(namespace: string, priority: Priority): void {
    const className = priorityClassName(namespace, priority);
    new PriorityClass(
      `${this.name}-${priority}`,
      {
        metadata: { name: className, labels: standardLabels({ name: className, component: "priority" }) },
        globalDefault: false,
        ...ranks[priority],
      },
      this.child(),
    );
  }
}
