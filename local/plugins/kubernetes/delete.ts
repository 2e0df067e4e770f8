import { ConnectionError } from "./api-error";
import { waitUntilGone } from "./await/deletion";
import { timeoutSeconds } from "./await/judges";
import { NotReadyError } from "./await/wait";
import { checkpoint, parseCheckpoint } from "./checkpoint";
import { NoSuchKindError } from "./cluster";
import { annotation, parseId } from "./objects";
import { fieldManagerOf, refOf } from "./operation";
import { InitFailure, OperationError } from "./outcome";
import { object, plainObject, text, type JsonObject, type WireObject } from "./properties";
import { redactor } from "./redact";
import { refusal } from "./refusal";
import { removeManifest } from "./render";
import type { Session } from "./session";

export interface Deleting {
  readonly urn: string;
  readonly id: string;
  readonly state: WireObject;
  /** The resource's own timeout (seconds); 0 for none. */
  readonly timeout: number;
}

/** Kinds whose deletion is not waited for under `pulumi.com/skipAwait`, as in the official provider. */
const MAY_SKIP: ReadonlySet<string> = new Set([
  "Namespace",
  "Pod",
  "ReplicationController",
  "DaemonSet",
  "Deployment",
  "StatefulSet",
  "Job",
]);

function propagation(inputs: JsonObject): string {
  const policy = annotation(inputs, "pulumi.com/deletionPropagationPolicy")?.toLowerCase();
  if (policy === "orphan") return "Orphan";
  return policy === "background" ? "Background" : "Foreground";
}

/** Deletes an object with all that it owns, and waits until it is gone. One that is gone already is a success. */
export async function remove(session: Session, deleting: Deleting): Promise<void> {
  const { urn, id, state } = deleting;
  const old = parseCheckpoint(state);
  const folder = session.settings.renderYamlToDirectory;
  if (folder !== undefined) {
    session.log.status(urn, `deleted ${removeManifest(folder, old.live)}`);
    return;
  }
  const redact = redactor(state);
  try {
    const ref = { ...(await refOf(session, old.live)), name: parseId(id).name };
    if (!(await session.cluster.delete(ref, propagation(old.inputs)))) return;
    if (annotation(old.inputs, "pulumi.com/skipAwait") === "true" && MAY_SKIP.has(ref.kind)) return;
    await waitUntilGone(session, {
      urn,
      ref,
      uid: text(old.live, "metadata", "uid"),
      timeoutSeconds: timeoutSeconds(old.inputs, deleting.timeout),
    });
  } catch (error) {
    if (error instanceof NoSuchKindError) return;
    if (error instanceof NotReadyError) {
      const inputs = object(state, "__inputs");
      const properties = checkpoint(inputs, error.live, {
        fieldManager: fieldManagerOf(plainObject(inputs), old.fieldManager),
        initialApiVersion: old.initialApiVersion ?? text(old.live, "apiVersion") ?? "",
      });
      throw new InitFailure(id, properties, [redact(error.message)]);
    }
    if (error instanceof ConnectionError && error.kind === "unreachable") {
      if (session.settings.deleteUnreachable) {
        session.log.warning(urn, `dropped from the state, as deleteUnreachable asks for: ${error.message}`);
        return;
      }
      throw new OperationError(
        `${error.message}\nIf the cluster is gone for good, PULUMI_K8S_DELETE_UNREACHABLE=true drops its resources from the state.`,
      );
    }
    throw refusal(error, "deleted", old.live, redact);
  }
}
