import { condition, describe, type ObjectRef } from "../objects";
import { equal, get, isObject, list, object, text, without, type JsonObject } from "../properties";
import type { Session } from "../session";
import { interruptibleSleep, NotReadyError, pollInterval } from "./wait";

/** Without a change for this long, the wait says what holds an object (milliseconds). */
const STUCK_AFTER = 20_000;

/** Most deletions take less than this (milliseconds), and need no word. */
const QUIET = 2_000;

/** Finalizers of Kubernetes itself, and what they wait for. */
const KNOWN_FINALIZERS: Readonly<Record<string, string>> = {
  foregroundDeletion: "the garbage collector clears it once all objects that this one owns are gone",
  orphan: "the garbage collector clears it once the objects that this one owns are released",
  "kubernetes.io/pvc-protection": "kube-controller-manager clears it once no pod uses the claim",
  "kubernetes.io/pv-protection": "kube-controller-manager clears it once no claim uses the volume",
  "service.kubernetes.io/load-balancer-cleanup": "the cloud's controller clears it once the load balancer is gone",
  "batch.kubernetes.io/job-tracking": "the Job controller clears it once it has counted the pod",
  "customresourcecleanup.apiextensions.k8s.io":
    "the API server clears it once all custom resources of this kind are gone",
  kubernetes: "the namespace controller clears it once the namespace is empty",
};

/** Who wrote a finalizer, by the object's managed fields. */
function writerOf(item: JsonObject, finalizer: string): string | undefined {
  for (const entry of list(item, "metadata", "managedFields")) {
    if (get(entry, "fieldsV1", "f:metadata", "f:finalizers", `v:${JSON.stringify(finalizer)}`) !== undefined) {
      return text(entry, "manager");
    }
  }
  return undefined;
}

/** Who has to clear a finalizer. */
function finalizerOwner(item: JsonObject, finalizer: string): string {
  const known = Object.hasOwn(KNOWN_FINALIZERS, finalizer) ? KNOWN_FINALIZERS[finalizer] : undefined;
  if (known !== undefined) return known;
  const writer = writerOf(item, finalizer);
  const slash = finalizer.indexOf("/");
  const domain = slash < 0 ? finalizer : finalizer.slice(0, slash);
  const controller = `the controller of ${domain} has to clear it`;
  return writer === undefined ? controller : `${controller}; it was set by "${writer}"`;
}

/** What holds an object that is being deleted, each holder with who has to let go; one sentence. */
export function deletionBlockers(item: JsonObject): string {
  const finalizers = [...list(item, "metadata", "finalizers"), ...list(item, "spec", "finalizers")].filter(
    (entry) => typeof entry === "string",
  );
  const parts = finalizers.map((name) => `finalizer "${name}" (${finalizerOwner(item, name)})`);
  const owners = list(item, "metadata", "ownerReferences")
    .filter(isObject)
    .map((owner) => `${text(owner, "kind") ?? ""} "${text(owner, "name") ?? ""}"`);
  const remaining = ["NamespaceContentRemaining", "NamespaceFinalizersRemaining", "NamespaceDeletionContentFailure"]
    .map((type) => condition(item, type))
    .filter((found) => text(found, "status") === "True")
    .map((found) => text(found, "message") ?? "");
  const held = parts.length === 0 ? "no finalizer holds it" : `it is held by ${parts.join(" and ")}`;
  const owned = owners.length === 0 ? "" : `; it belongs to ${owners.join(", ")}`;
  return `${held}${owned}${remaining.length === 0 ? "" : `; ${remaining.join("; ")}`}`;
}

export interface DeletionWait {
  readonly urn: string;
  readonly ref: ObjectRef;
  /** The UID of the object that has to go; another object of the same name is not it. */
  readonly uid: string | undefined;
  readonly timeoutSeconds: number;
}

/**
 * Waits until an object is gone. After 20 s without a change it names, for good, what holds it.
 *
 * @throws NotReadyError when it stays, with the finalizers and who has to clear them
 */
export async function waitUntilGone(session: Session, wait: DeletionWait): Promise<void> {
  const started = Date.now();
  let last: JsonObject = {};
  let lastChange = started;
  let told = "";
  let shown = "";
  for (;;) {
    const live = await session.cluster.get(wait.ref);
    const uid = text(live, "metadata", "uid");
    if (live === undefined || (wait.uid !== undefined && uid !== wait.uid)) {
      if (shown !== "") session.log.status(wait.urn, "");
      return;
    }
    if (!equal(progressOf(live), progressOf(last))) lastChange = Date.now();
    last = live;
    const elapsed = Date.now() - started;
    if (Date.now() - lastChange >= STUCK_AFTER) {
      const message = `${describe(live)} is not deleted yet: ${deletionBlockers(live)}`;
      if (message !== told) session.log.warning(wait.urn, message);
      told = message;
    }
    const status = `waiting for the deletion: ${deletionBlockers(live)}`;
    if (elapsed > QUIET && status !== shown) {
      session.log.status(wait.urn, status);
      shown = status;
    }
    const rest = wait.timeoutSeconds * 1000 - elapsed;
    if (rest <= 0) {
      throw new NotReadyError(
        `${describe(live)} is not deleted after ${wait.timeoutSeconds} s: ${deletionBlockers(live)}`,
        live,
      );
    }
    if (await interruptibleSleep(Math.min(pollInterval(elapsed), rest), session.cancelled)) {
      throw new NotReadyError(
        `the wait for the deletion of ${describe(live)} was interrupted: ${deletionBlockers(live)}`,
        live,
      );
    }
  }
}

/** What moves while a deletion proceeds; heartbeats and resource versions do not count. */
function progressOf(item: JsonObject): JsonObject {
  const status = without(object(item, "status"), "conditions");
  return { finalizers: [...list(item, "metadata", "finalizers")], spec: item["spec"] ?? null, status };
}
