import { condition } from "../objects";
import { count, get, isObject, list, object, text, type Json, type JsonObject } from "../properties";
import { problem, waiting, type Look, type Verdict } from "./verdict";

/** Reasons for which a container is on its way, not in trouble. */
const NORMAL_REASONS: ReadonlySet<string> = new Set(["ContainerCreating", "PodInitializing", ""]);

/** Renders `matchLabels` and `matchExpressions` as the query of a list request. */
export function labelSelector(selector: JsonObject): string {
  const labels = Object.entries(object(selector, "matchLabels")).map(
    ([key, value]) => `${key}=${typeof value === "string" ? value : ""}`,
  );
  const expressions = list(selector, "matchExpressions").map((expression) => {
    const key = text(expression, "key") ?? "";
    const values = list(expression, "values").map(String).join(",");
    const operator = text(expression, "operator");
    if (operator === "In") return `${key} in (${values})`;
    if (operator === "NotIn") return `${key} notin (${values})`;
    return operator === "DoesNotExist" ? `!${key}` : key;
  });
  return [...labels, ...expressions].join(",");
}

export function isTerminating(item: JsonObject): boolean {
  return text(item, "metadata", "deletionTimestamp") !== undefined;
}

export function isPodReady(pod: JsonObject): boolean {
  return text(condition(pod, "Ready"), "status") === "True";
}

function containerProblem(status: Json): string | undefined {
  const name = text(status, "name") ?? "";
  const reason = text(status, "state", "waiting", "reason") ?? "";
  if (!NORMAL_REASONS.has(reason)) {
    const message = text(status, "state", "waiting", "message");
    const last = get(status, "lastState", "terminated");
    const exit = isObject(last) ? `; it ended before with exit code ${count(last, "exitCode") ?? 0}` : "";
    return `container "${name}": ${reason}${message === undefined ? "" : `: ${message}`}${exit}`;
  }
  const terminated = get(status, "state", "terminated");
  if (isObject(terminated) && count(terminated, "exitCode") !== 0) {
    const why = text(terminated, "message") ?? text(terminated, "reason") ?? "Error";
    return `container "${name}" ended with exit code ${count(terminated, "exitCode") ?? 0}: ${why.trim()}`;
  }
  return undefined;
}

/** Why a pod is not ready, if it says so itself: what hinders it from being scheduled, started or kept running. */
export function podProblem(pod: JsonObject): string | undefined {
  const name = `pod "${text(pod, "metadata", "name") ?? ""}"`;
  const scheduled = condition(pod, "PodScheduled");
  if (text(scheduled, "status") === "False") {
    return `${name} is not scheduled: ${text(scheduled, "message") ?? text(scheduled, "reason") ?? "no reason given"}`;
  }
  if (text(pod, "status", "phase") === "Failed") {
    const why = text(pod, "status", "message") ?? text(pod, "status", "reason");
    if (why !== undefined) return `${name} failed: ${why}`;
  }
  for (const field of ["initContainerStatuses", "containerStatuses"]) {
    for (const status of list(pod, "status", field)) {
      const found = containerProblem(status);
      if (found !== undefined) return `${name}, ${found}`;
    }
  }
  return undefined;
}

/** The message of an object's newest warning event. */
export function lastWarning(events: readonly JsonObject[]): string | undefined {
  const time = (event: JsonObject) =>
    text(event, "series", "lastObservedTime") ??
    text(event, "lastTimestamp") ??
    text(event, "eventTime") ??
    text(event, "metadata", "creationTimestamp") ??
    "";
  const newest = events
    .filter((event) => text(event, "type") === "Warning")
    .sort((a, b) => time(b).localeCompare(time(a)))
    .at(0);
  if (newest === undefined) return undefined;
  return `${text(newest, "reason") ?? "Warning"}: ${(text(newest, "message") ?? "").trim()}`;
}

async function warningOf(item: JsonObject, look: Look): Promise<string | undefined> {
  const uid = text(item, "metadata", "uid") ?? "";
  return lastWarning(await look.list("v1", "Event", { fieldSelector: `involvedObject.uid=${uid}` }));
}

/**
 * Says why the pods of a workload are not ready: by the pods' own state, else by their events, else by the events of the
 * workload (a quota or an admission policy stops pods before they exist). `progress` is the answer when nothing is wrong.
 */
export async function explainPods(owner: JsonObject, progress: string, look: Look): Promise<Verdict> {
  const selector = labelSelector(object(owner, "spec", "selector"));
  const pods = (await look.list("v1", "Pod", { labelSelector: selector })).filter(
    (pod) => !isTerminating(pod) && !isPodReady(pod) && text(pod, "status", "phase") !== "Succeeded",
  );
  for (const pod of pods) {
    const found = podProblem(pod);
    if (found !== undefined) return problem(`${progress}; ${found}`);
  }
  const [first] = pods;
  const warning = first === undefined ? await warningOf(owner, look) : await warningOf(first, look);
  if (warning === undefined) {
    return waiting(first === undefined ? progress : `${progress}; ${notReady(first)}`);
  }
  const whose = first === undefined ? "" : `pod "${text(first, "metadata", "name") ?? ""}": `;
  return problem(`${progress}; ${whose}${warning}`);
}

function notReady(pod: JsonObject): string {
  const ready = condition(pod, "Ready");
  const why = text(ready, "message") ?? text(ready, "reason") ?? text(pod, "status", "phase") ?? "Pending";
  return `pod "${text(pod, "metadata", "name") ?? ""}" is not ready: ${why}`;
}
