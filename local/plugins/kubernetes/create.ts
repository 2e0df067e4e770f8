import { interruptibleSleep } from "./await/wait";
import { ApiError } from "./api-error";
import { checkpoint } from "./checkpoint";
import { NoSuchKindError, type Written } from "./cluster";
import { CREATE_MANAGER } from "./field-managers";
import { describe, objectId, toServerKeys, withNamespace, type ObjectRef } from "./objects";
import {
  fieldManagerOf,
  isForced,
  isNamespaceMissing,
  previewOfCreation,
  previewOfRendering,
  refOf,
  settle,
  showWarnings,
  type Result,
} from "./operation";
import { OperationError } from "./outcome";
import { hasUnknown, plainObject, text, type JsonObject, type WireObject } from "./properties";
import { redactor } from "./redact";
import { refusal } from "./refusal";
import { renderManifest } from "./render";
import type { Session } from "./session";

export interface Creation {
  readonly urn: string;
  readonly inputs: WireObject;
  readonly preview: boolean;
  /** The resource's own timeout (seconds); 0 for none. */
  readonly timeout: number;
}

/** Pauses before a creation is tried again that misses its kind or its namespace (seconds), as the official provider. */
const RETRY_PAUSES = [1, 2, 4, 8, 16, 32];

/** Creates an object and waits until it is ready. */
export async function create(session: Session, creation: Creation): Promise<Result> {
  const { urn, inputs, preview } = creation;
  const item = toServerKeys(plainObject(inputs));
  const redact = redactor(inputs);
  const keep = { fieldManager: fieldManagerOf(item, undefined), initialApiVersion: text(item, "apiVersion") ?? "" };
  if (preview && hasUnknown(item)) return { id: "", properties: inputs };
  const folder = session.settings.renderYamlToDirectory;
  if (folder !== undefined) {
    if (preview) return { id: "", properties: previewOfRendering(inputs) };
    session.log.status(urn, `rendered ${renderManifest(folder, item, inputs)}`);
    return { id: objectId(item), properties: checkpoint(inputs, item, keep) };
  }

  let written: Written;
  let ref: ObjectRef;
  try {
    ({ written, ref } = await store(session, creation, item, keep.fieldManager, redact));
  } catch (error) {
    const fault = preview && isNamespaceMissing(error) ? await faultElsewhere(session, item, keep.fieldManager) : error;
    if (fault === undefined || (preview && cannotBePreviewed(fault))) return { id: "", properties: inputs };
    throw refusal(fault, "created", item, redact);
  }
  showWarnings(session, urn, written.warnings, redact);
  if (preview) {
    return { id: "", properties: checkpoint(inputs, previewOfCreation(written.object, item), keep) };
  }
  const wait = { urn, ref, inputs, live: written.object, timeout: creation.timeout, redact };
  return settle(session, wait, keep);
}

/**
 * Looks in the namespace `default`, for want of its own, whether an object is well formed: the first preview of a new
 * namespace shall not pass what the update then refuses. What depends on the namespace is not asked there.
 */
async function faultElsewhere(session: Session, item: JsonObject, fieldManager: string): Promise<ApiError | undefined> {
  const moved = withNamespace(item, "default");
  try {
    await session.cluster.create(await refOf(session, moved), moved, { fieldManager, dryRun: true });
  } catch (error) {
    if (error instanceof ApiError && (error.code === 400 || error.code === 422)) return error;
  }
  return undefined;
}

/**
 * What is wrong in a preview only because nothing of it exists yet, or because the old object still does: the kind, the
 * object that a replacement deletes first, the permission for a dry run.
 */
function cannotBePreviewed(error: unknown): boolean {
  if (error instanceof NoSuchKindError) return true;
  return error instanceof ApiError && (error.reason === "AlreadyExists" || isPermission(error));
}

/** A missing permission is also a 403, as is the refusal of an admission rule; only the former says who may not. */
function isPermission(error: ApiError): boolean {
  return error.code === 403 && /^\S+ "[^"]*" is forbidden: User "/.test(error.message);
}

async function store(
  session: Session,
  creation: Creation,
  item: JsonObject,
  fieldManager: string,
  redact: (message: string) => string,
): Promise<{ written: Written; ref: ObjectRef }> {
  for (let attempt = 0; ; attempt++) {
    try {
      const ref = await refOf(session, item);
      const dryRun = creation.preview;
      if (session.settings.upsertExistingObjects) {
        const force = creation.preview || isForced(session, item);
        return { ref, written: await session.cluster.apply(ref, item, { fieldManager, dryRun, force }) };
      }
      return { ref, written: await session.cluster.create(ref, item, { fieldManager: CREATE_MANAGER, dryRun }) };
    } catch (error) {
      const pause = RETRY_PAUSES[attempt];
      if (creation.preview || pause === undefined || !mayPass(error)) throw error;
      const why = redact(error instanceof Error ? error.message : String(error));
      session.log.status(creation.urn, `creation failed, trying again in ${pause} s: ${why}`);
      if (await interruptibleSleep(pause * 1000, session.cancelled)) {
        throw new OperationError(`the creation of ${describe(item)} was interrupted: ${why}`);
      }
    }
  }
}

/**
 * A custom resource may come before its definition, an object before its namespace, and both while an older object of
 * the same name, or the namespace, is still being deleted.
 */
function mayPass(error: unknown): boolean {
  if (!(error instanceof ApiError)) return error instanceof NoSuchKindError;
  if (error.code === 404) return true;
  const goes = error.reason === "AlreadyExists" && error.message.startsWith("object is being deleted");
  return goes || error.causes.some((cause) => cause.type === "NamespaceTerminating");
}
