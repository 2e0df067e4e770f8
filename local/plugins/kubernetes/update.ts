import { ApiError } from "./api-error";
import { checkpoint, parseCheckpoint } from "./checkpoint";
import type { Written } from "./cluster";
import { parsePath } from "./diff";
import { hasCreateManager, managedFieldsPatch, takeOver, withIgnored } from "./field-managers";
import {
  describe,
  isCustomResourceDefinition,
  normalize,
  objectId,
  parseId,
  toServerKeys,
  type ObjectRef,
} from "./objects";
import { fieldManagerOf, isForced, refOf, settle, showWarnings, type Result } from "./operation";
import { OperationError } from "./outcome";
import { get, hasUnknown, list, plainObject, text, withField, type JsonObject, type WireObject } from "./properties";
import { redactor } from "./redact";
import { refusal } from "./refusal";
import { renderManifest } from "./render";
import type { Session } from "./session";

export interface Updating {
  readonly urn: string;
  readonly id: string;
  readonly olds: WireObject;
  readonly inputs: WireObject;
  readonly preview: boolean;
  /** The resource's own timeout (seconds); 0 for none. */
  readonly timeout: number;
  readonly ignoreChanges: readonly string[];
}

/** Brings an object to its inputs by server-side apply, and waits until it is ready. */
export async function update(session: Session, updating: Updating): Promise<Result> {
  const { urn, inputs, preview } = updating;
  const item = normalize(toServerKeys(plainObject(inputs)));
  const redact = redactor(inputs, updating.olds);
  const old = parseCheckpoint(updating.olds);
  const keep = {
    fieldManager: fieldManagerOf(item, old.fieldManager),
    initialApiVersion: old.initialApiVersion ?? text(item, "apiVersion") ?? "",
  };
  if (preview && hasUnknown(item)) return { id: updating.id, properties: inputs };
  const folder = session.settings.renderYamlToDirectory;
  if (folder !== undefined) {
    if (!preview) session.log.status(urn, `rendered ${renderManifest(folder, item, inputs)}`);
    return { id: objectId(item), properties: checkpoint(inputs, item, keep) };
  }

  let written: Written;
  let ref: ObjectRef;
  try {
    ref = { ...(await refOf(session, item)), name: parseId(updating.id).name };
    written = await store(session, updating, ref, item, keep.fieldManager);
  } catch (error) {
    throw refusal(error, "updated", item, redact);
  }
  showWarnings(session, urn, written.warnings, redact);
  if (preview) return { id: updating.id, properties: checkpoint(inputs, written.object, keep) };
  const wait = { urn, ref, inputs, live: written.object, timeout: updating.timeout, redact };
  return settle(session, wait, keep);
}

async function store(
  session: Session,
  updating: Updating,
  ref: ObjectRef,
  item: JsonObject,
  fieldManager: string,
): Promise<Written> {
  const dryRun = updating.preview;
  let live = await session.cluster.get(ref);
  if (live === undefined) {
    throw new OperationError(
      `${describe(item)} is not in the cluster any more. Run \`pulumi refresh\`, then update again.`,
    );
  }
  if (isCustomResourceDefinition(item)) {
    // As `kubectl replace`: an apply would merge versions and their schemas with the old ones.
    const body = withField(item, ["metadata", "resourceVersion"], get(live, "metadata", "resourceVersion") ?? null);
    return session.cluster.replace(ref, body, { fieldManager, dryRun });
  }
  if (!dryRun) live = await takeOverFields(session, ref, live, fieldManager);
  const ignored = updating.ignoreChanges.map(parsePath);
  const body = withIgnored(item, live, fieldManager, ignored);
  const legacy = list(live, "metadata", "managedFields").length === 0;
  const force = isForced(session, item) || legacy;
  try {
    return await session.cluster.apply(ref, body, { fieldManager, dryRun, force });
  } catch (error) {
    // The real update takes our own creation's fields over first, which a dry run cannot.
    if (dryRun && hasCreateManager(live) && isConflictWithOurselves(error)) {
      return session.cluster.apply(ref, body, { fieldManager, dryRun, force: true });
    }
    throw error;
  }
}

async function takeOverFields(
  session: Session,
  ref: ObjectRef,
  live: JsonObject,
  manager: string,
): Promise<JsonObject> {
  const fields = takeOver(live, manager);
  if (fields === undefined) return live;
  try {
    return await session.cluster.jsonPatch(ref, managedFieldsPatch(live, fields));
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 409) throw error;
    // A controller wrote its status between our look and our patch.
    const again = await session.cluster.get(ref);
    return again === undefined ? live : takeOverFields(session, ref, again, manager);
  }
}

/** Whether every field in conflict belongs to a manager of ours. */
export function isConflictWithOurselves(error: unknown): boolean {
  return (
    error instanceof ApiError &&
    error.reason === "Conflict" &&
    error.causes.length > 0 &&
    error.causes.every((cause) => cause.message.startsWith('conflict with "pulumi-'))
  );
}
