import { randomBytes } from "node:crypto";
import { ApiError } from "./api-error";
import { checkpoint, type Bookkeeping } from "./checkpoint";
import { annotation, describe, objectId, type ObjectRef } from "./objects";
import { plainObject, text, UNKNOWN, withField, without, type JsonObject, type WireObject } from "./properties";
import type { Session } from "./session";
import { InitFailure } from "./outcome";
import { NotReadyError, waitUntilReady, type Wait } from "./await/wait";

/** What create and update answer. */
export interface Result {
  /** Empty in a preview. */
  readonly id: string;
  readonly properties: WireObject;
}

/** The field manager of a resource: the program's own, the one in the state, or a new one. */
export function fieldManagerOf(inputs: JsonObject, recorded: string | undefined): string {
  const own = annotation(inputs, "pulumi.com/patchFieldManager");
  if (own !== undefined && own !== "") return own;
  return recorded ?? `pulumi-kubernetes-${randomBytes(4).toString("hex")}`;
}

/** Where the object of these inputs is. */
export async function refOf(session: Session, item: JsonObject): Promise<ObjectRef> {
  const apiVersion = text(item, "apiVersion") ?? "";
  const kind = text(item, "kind") ?? "";
  const { namespaced } = await session.cluster.kind(apiVersion, kind);
  return {
    apiVersion,
    kind,
    name: text(item, "metadata", "name") ?? "",
    namespace: namespaced ? (text(item, "metadata", "namespace") ?? session.defaultNamespace) : undefined,
  };
}

export function isForced(session: Session, inputs: JsonObject): boolean {
  return session.settings.patchForce || annotation(inputs, "pulumi.com/patchForce") === "true";
}

export function isNamespaceMissing(error: unknown): boolean {
  return error instanceof ApiError && error.code === 404 && error.about === "namespaces";
}

/** Hands the server's warnings on, each once for a resource. */
export function showWarnings(
  session: Session,
  urn: string,
  warnings: readonly string[],
  redact: (message: string) => string,
): void {
  for (const warning of warnings.map(redact)) {
    const key = `${urn} ${warning}`;
    if (session.shown.has(key)) continue;
    if (session.settings.suppressDeprecationWarnings && warning.includes("deprecated")) continue;
    session.shown.add(key);
    session.log.warning(urn, warning);
  }
}

/** Waits for a stored object and returns its outputs; one that is not ready is an `InitFailure` that keeps them. */
export async function settle(
  session: Session,
  wait: Omit<Wait, "inputs"> & { readonly inputs: WireObject },
  keep: Bookkeeping,
): Promise<Result> {
  try {
    const live = await waitUntilReady(session, { ...wait, inputs: plainObject(wait.inputs) });
    return { id: objectId(live), properties: checkpoint(wait.inputs, live, keep) };
  } catch (error) {
    const live = error instanceof NotReadyError ? error.live : wait.live;
    const reason = error instanceof Error ? error.message : String(error);
    const message = error instanceof NotReadyError ? reason : `${describe(live)} could not be watched: ${reason}`;
    throw new InitFailure(objectId(live), checkpoint(wait.inputs, live, keep), [wait.redact(message)]);
  }
}

/**
 * What a preview says of a new object: the server's dry run, with everything unknown that the real creation will choose
 * anew (the official provider shows the values of the dry run, which never come true).
 */
export function previewOfCreation(live: JsonObject, inputs: JsonObject): JsonObject {
  let result = without(without(live, "status"), "metadata", "managedFields");
  for (const field of ["uid", "resourceVersion", "creationTimestamp"]) {
    result = withField(result, ["metadata", field], UNKNOWN);
  }
  if (text(live, "kind") !== "Service" || text(live, "apiVersion") !== "v1") return result;
  if (text(inputs, "spec", "clusterIP") === undefined && text(live, "spec", "clusterIP") !== undefined) {
    result = withField(withField(result, ["spec", "clusterIP"], UNKNOWN), ["spec", "clusterIPs"], UNKNOWN);
  }
  return result;
}

/** The same without a cluster: the inputs, and unknown what only an API server could add to them. */
export function previewOfRendering(inputs: WireObject): WireObject {
  const item = plainObject(inputs);
  const hasAddress = text(item, "kind") === "Service" && text(item, "spec", "type") !== "ExternalName";
  const addressed = hasAddress && text(item, "spec", "clusterIP") === undefined;
  return previewOfCreation(addressed ? withField(inputs, ["spec", "clusterIP"], UNKNOWN) : inputs, item);
}
