import { condition } from "../objects";
import { count, get, text, type JsonObject } from "../properties";
import { explainPods, isPodReady, podProblem } from "./pods";
import { problem, READY, waiting, type Judge, type Verdict } from "./verdict";

function observed(item: JsonObject): boolean {
  return (count(item, "status", "observedGeneration") ?? 0) >= (count(item, "metadata", "generation") ?? 0);
}

const NOT_OBSERVED = waiting("its controller has not seen the change yet");

/** A Deployment is ready when its newest pods are all there, updated and available, and none of an older kind is left. */
export function deploymentVerdict(deployment: JsonObject): Verdict {
  if (get(deployment, "spec", "paused") === true) return READY;
  if (!observed(deployment)) return NOT_OBSERVED;
  const wanted = count(deployment, "spec", "replicas") ?? 1;
  const status = (field: string) => count(deployment, "status", field) ?? 0;
  const failure = condition(deployment, "ReplicaFailure");
  if (text(failure, "status") === "True") {
    return problem(`its pods cannot be created: ${text(failure, "message") ?? ""}`);
  }
  if (status("updatedReplicas") < wanted) {
    return waiting(`${status("updatedReplicas")} of ${wanted} pods are of the new kind`);
  }
  if (status("replicas") > status("updatedReplicas")) {
    return waiting(`${status("replicas") - status("updatedReplicas")} old pods are still there`);
  }
  if (status("availableReplicas") < status("updatedReplicas")) {
    return waiting(`${status("availableReplicas")} of ${wanted} pods are available`);
  }
  if (text(condition(deployment, "Available"), "status") !== "True") return waiting("it is not available yet");
  return READY;
}

/** A StatefulSet is ready when all pods are ready and those that its update strategy reaches are of the new revision. */
export function statefulSetVerdict(set: JsonObject): Verdict {
  if (!observed(set)) return NOT_OBSERVED;
  const wanted = count(set, "spec", "replicas") ?? 1;
  const status = (field: string) => count(set, "status", field) ?? 0;
  if (status("readyReplicas") < wanted) return waiting(`${status("readyReplicas")} of ${wanted} pods are ready`);
  if (text(set, "spec", "updateStrategy", "type") === "OnDelete") return READY;
  const reached = wanted - Math.min(count(set, "spec", "updateStrategy", "rollingUpdate", "partition") ?? 0, wanted);
  const current = text(set, "status", "currentRevision") === text(set, "status", "updateRevision");
  if (!current && status("updatedReplicas") < reached) {
    return waiting(`${status("updatedReplicas")} of ${reached} pods are of the new kind`);
  }
  return READY;
}

export function daemonSetVerdict(set: JsonObject): Verdict {
  if (!observed(set)) return NOT_OBSERVED;
  const status = (field: string) => count(set, "status", field) ?? 0;
  const wanted = status("desiredNumberScheduled");
  const onDelete = text(set, "spec", "updateStrategy", "type") === "OnDelete";
  if (!onDelete && status("updatedNumberScheduled") < wanted) {
    return waiting(`${status("updatedNumberScheduled")} of ${wanted} pods are of the new kind`);
  }
  if (status("numberAvailable") < wanted)
    return waiting(`${status("numberAvailable")} of ${wanted} pods are available`);
  return READY;
}

/** A Job is ready when it is complete, or suspended; a failed one never will be. */
export function jobVerdict(job: JsonObject): Verdict {
  if (text(condition(job, "Complete"), "status") === "True") return READY;
  const failed = condition(job, "Failed");
  if (text(failed, "status") === "True") {
    return { state: "failed", message: `it failed: ${text(failed, "message") ?? text(failed, "reason") ?? ""}` };
  }
  if (get(job, "spec", "suspend") === true) return READY;
  const done = count(job, "status", "succeeded") ?? 0;
  return waiting(`${done} of ${count(job, "spec", "completions") ?? 1} pods have succeeded`);
}

export function podVerdict(pod: JsonObject): Verdict {
  if (isPodReady(pod) || text(pod, "status", "phase") === "Succeeded") return READY;
  const found = podProblem(pod);
  return found === undefined ? waiting(`it is ${text(pod, "status", "phase") ?? "Pending"}`) : problem(found);
}

/** Adds to "n of m" why: the state of the pods, and their events. */
function explained(verdictOf: (item: JsonObject) => Verdict): Judge {
  return {
    async judge(item, look) {
      const verdict = verdictOf(item);
      if (verdict.state !== "waiting" || verdict.problem === true || verdict === NOT_OBSERVED) return verdict;
      return explainPods(item, verdict.message, look);
    },
  };
}

export const deployment = explained(deploymentVerdict);
export const statefulSet = explained(statefulSetVerdict);
export const daemonSet = explained(daemonSetVerdict);
export const job = explained(jobVerdict);
export const pod: Judge = { judge: podVerdict };
