import { bytes, type Cpu, type Bytes, formatBytes, formatCpu, millicores } from "../core/units";
import type { Resources } from "../workload/settings";

/** What one service can grow to. */
export interface QuotaDemand {
  /** Deployments of it that can run side by side: two for a service with colours. */
  readonly instances: number;
  /** The autoscaler's maximum, or the fixed number. */
  readonly mostReplicas: number;
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

/** For migration jobs, load tests and other short-lived pods. */
const HEADROOM_PODS = 4;
const HEADROOM = 1.2;

/**
 * A quota that never stands in the way of a release: every service in all its instances at the autoscaler's maximum, one
 * pod each in the middle of an update, and a fifth more. It does not depend on which colours exist at the moment, so
 * that adding one touches nothing but that colour.
 */
export function quotaFor(demands: readonly QuotaDemand[]): Quota {
  const pods = (demand: QuotaDemand) => demand.instances * (demand.mostReplicas + SURGE);
  const sum = (amount: (demand: QuotaDemand) => number) =>
    demands.reduce((total, demand) => total + pods(demand) * amount(demand), 0) * HEADROOM;
  return {
    pods: demands.reduce((total, demand) => total + pods(demand), 0) + HEADROOM_PODS,
    requestsCpu: formatCpu(Math.ceil(sum((d) => millicores(d.requests.cpu)))),
    requestsMemory: formatBytes(sum((d) => bytes(d.requests.memory))),
    limitsCpu: formatCpu(Math.ceil(sum((d) => millicores(d.limits.cpu)))),
    limitsMemory: formatBytes(sum((d) => bytes(d.limits.memory))),
  };
}
