import { get, list, object, text, type JsonObject } from "../properties";
import { isTerminating, labelSelector, podProblem } from "./pods";
import { problem, READY, waiting, type Judge, type Verdict } from "./verdict";

function hasAddress(item: JsonObject): boolean {
  return list(item, "status", "loadBalancer", "ingress").length > 0;
}

function hasReadyEndpoint(slice: JsonObject): boolean {
  // An absent condition counts as ready (discovery.k8s.io/v1, EndpointConditions.ready).
  return list(slice, "endpoints").some((endpoint) => get(endpoint, "conditions", "ready") !== false);
}

/**
 * A Service with a selector is ready when one of its endpoints is. One that selects no pod is ready at once: whether
 * pods exist is the business of the workload. A LoadBalancer needs its address too.
 */
export function serviceVerdict(
  service: JsonObject,
  slices: readonly JsonObject[],
  pods: readonly JsonObject[],
): Verdict {
  const type = text(service, "spec", "type") ?? "ClusterIP";
  if (type === "ExternalName") return READY;
  if (type === "LoadBalancer" && !hasAddress(service)) {
    return waiting("no load balancer has given it an address yet");
  }
  if (text(service, "spec", "clusterIP") === "None" || !selects(service)) return READY;
  if (slices.some(hasReadyEndpoint)) return READY;
  const selected = pods.filter((pod) => !isTerminating(pod) && !hasEnded(pod));
  if (selected.length === 0) return READY;
  const found = selected.map(podProblem).find((reason) => reason !== undefined);
  const progress = `none of the ${selected.length} pods that it selects is ready`;
  return found === undefined ? waiting(progress) : problem(`${progress}; ${found}`);
}

function hasEnded(pod: JsonObject): boolean {
  return ["Succeeded", "Failed"].includes(text(pod, "status", "phase") ?? "");
}

function selects(service: JsonObject): boolean {
  return Object.keys(object(service, "spec", "selector")).length > 0;
}

export const service: Judge = {
  async judge(item, look) {
    if (!selects(item)) return serviceVerdict(item, [], []);
    const name = text(item, "metadata", "name") ?? "";
    const slices = await look.list("discovery.k8s.io/v1", "EndpointSlice", {
      labelSelector: `kubernetes.io/service-name=${name}`,
    });
    if (slices.some(hasReadyEndpoint)) return serviceVerdict(item, slices, []);
    const selector = labelSelector({ matchLabels: object(item, "spec", "selector") });
    return serviceVerdict(item, slices, await look.list("v1", "Pod", { labelSelector: selector }));
  },
};

export function ingressVerdict(ingress: JsonObject): Verdict {
  if (hasAddress(ingress)) return READY;
  const name = text(ingress, "spec", "ingressClassName");
  return waiting(
    name === undefined
      ? "no ingress controller has given it an address, and it names no ingress class"
      : `no ingress controller of class "${name}" has given it an address yet`,
  );
}

export const ingress: Judge = { judge: ingressVerdict };
