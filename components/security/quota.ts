import { bytes, type Cpu, type Bytes, formatBytes, formatCpu, millicores } from "../core/units";
import type { Resources } from "../workload/settings";

/** What one service can grow to. */
export interface QuotaDemand {
  /** Deployments of it that can run side by side: two for a service with colours. */
  readonly instances: number;
  /** The autoscaler's maximum, or the fixed number. */
  readonly mostReplicas: number;
  /**
   * Pods of one instance that may still be shutting down while their successors run already. They count until they are gone.
   *
   * @default 0: a successor waits for the end of its predecessor, as in a StatefulSet
   */
  readonly leaving?: number;
  readonly requests: Resources;
  readonly limits: Resources;
}

export interface Quota {
  readonly pods: number;
  readonly requestsCpu: Cpu;
  readonly requestsMemory: Bytes;
  readonly limitsCpu: Cpu;
  readonly limitsMemory: Bytes;
}

/** One pod more than the maximum while a Deployment is rolled (its `maxSurge`). */
const SURGE = 1;

/** Migration jobs, load tests, snapshots: this many at once, each as large as the largest pod. */
const JOB_PODS = 4;

/**
 * A quota that never stands in the way of a release: every service in all its instances at the autoscaler's maximum, all of them in
 * the middle of an update, and jobs beside them. It does not depend on which colours exist at the moment, so that adding one touches
 * nothing but that colour.
 *
 * The trap: pods count until they are gone. An update whose new pods are ready before the old ones are out of their grace period
 * has a whole generation in passing.
 */
export function quotaFor(demands: readonly QuotaDemand[]): Quota {
  const pods = ({ instances, mostReplicas, leaving = 0 }: QuotaDemand) => instances * (mostReplicas + SURGE + leaving);
  const sum = (amount: (demand: QuotaDemand) => number) =>
    demands.reduce((total, demand) => total + pods(demand) * amount(demand), 0) +
    JOB_PODS * Math.max(0, ...demands.map(amount));
  return {
    pods: sum(() => 1),
    requestsCpu: formatCpu(sum((d) => millicores(d.requests.cpu))),
    requestsMemory: formatBytes(sum((d) => bytes(d.requests.memory))),
    limitsCpu: formatCpu(sum((d) => millicores(d.limits.cpu))),
    limitsMemory: formatBytes(sum((d) => bytes(d.limits.memory))),
  };
}
