import { ConnectionError } from "./api-error";
import { lookOnce } from "./await/wait";
import { checkpoint, importedInputs, parseCheckpoint, protect, refreshedInputs } from "./checkpoint";
import { NoSuchKindError } from "./cluster";
import { normalize, objectId, parseId, toSdkKeys, toServerKeys, type ObjectRef } from "./objects";
import { fieldManagerOf } from "./operation";
import { InitFailure, OperationError } from "./outcome";
import { plainObject, text, type JsonObject, type WireObject } from "./properties";
import { redactor } from "./redact";
import { refusal } from "./refusal";
import type { Session } from "./session";

export interface Reading {
  readonly urn: string;
  readonly id: string;
  readonly apiVersion: string;
  readonly kind: string;
  /** The state; empty for an import or a `get`. */
  readonly state: WireObject;
  readonly inputs: WireObject;
}

/** What a read finds; undefined when the object is gone. */
export type Found = { readonly id: string; readonly properties: WireObject; readonly inputs: WireObject } | undefined;

/** Reads an object as it is in the cluster: a refresh, an import or a `get`. */
export async function read(session: Session, reading: Reading): Promise<Found> {
  const unchanged = { id: reading.id, properties: reading.state, inputs: reading.inputs };
  if (session.settings.renderYamlToDirectory !== undefined) return unchanged;
  const redact = redactor(reading.inputs, reading.state);
  const old = parseCheckpoint(reading.state);
  const imported = Object.keys(old.live).length === 0;
  const live = await find(session, reading, imported ? undefined : old.live, redact);
  if (live === "gone") return undefined;
  if (live === "unchanged") return unchanged;

  const known = toServerKeys(plainObject(reading.inputs));
  const fresh = imported ? importedInputs(live) : refreshedInputs(normalize(known), old.live, live);
  const inputs = protect(toSdkKeys(fresh), reading.inputs);
  const properties = checkpoint(inputs, live, {
    fieldManager: fieldManagerOf(fresh, old.fieldManager),
    initialApiVersion: old.initialApiVersion ?? text(live, "apiVersion") ?? "",
  });
  const id = reading.id === "" ? objectId(live) : reading.id;
  if (!imported) {
    const lacking = await lookOnce(session, fresh, live);
    if (lacking !== undefined) throw new InitFailure(id, properties, [redact(lacking)], inputs);
  }
  return { id, properties, inputs };
}

async function find(
  session: Session,
  reading: Reading,
  before: JsonObject | undefined,
  redact: (message: string) => string,
): Promise<JsonObject | "gone" | "unchanged"> {
  const { namespace, name } = parseId(reading.id);
  try {
    const { namespaced } = await session.cluster.kind(reading.apiVersion, reading.kind);
    const ref: ObjectRef = {
      apiVersion: reading.apiVersion,
      kind: reading.kind,
      name,
      namespace: namespaced
        ? (namespace ?? text(before, "metadata", "namespace") ?? session.defaultNamespace)
        : undefined,
    };
    return (await session.cluster.get(ref)) ?? "gone";
  } catch (error) {
    // Without its definition, there is no custom resource.
    if (error instanceof NoSuchKindError) return "gone";
    if (error instanceof ConnectionError && error.kind === "unreachable") return unreachable(session, reading, error);
    throw refusal(error, "read", { kind: reading.kind, metadata: { name: reading.id } }, redact);
  }
}

function unreachable(session: Session, reading: Reading, error: ConnectionError): "gone" | "unchanged" {
  if (session.settings.deleteUnreachable) {
    session.log.warning(reading.urn, `dropped from the state, as deleteUnreachable asks for: ${error.message}`);
    return "gone";
  }
  if (session.settings.skipUpdateUnreachable) {
    session.log.warning(reading.urn, `left as it is in the state: ${error.message}`);
    return "unchanged";
  }
  throw new OperationError(
    `${error.message}\nIf the cluster is gone for good, PULUMI_K8S_DELETE_UNREACHABLE=true drops its resources from the state.`,
  );
}
