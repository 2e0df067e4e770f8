import { assignName, type Autonaming } from "./auto-name";
import { protect } from "./checkpoint";
import { normalize, toSdkKeys, toServerKeys, withNamespace } from "./objects";
import { get, isObject, plainObject, text, UNKNOWN, type JsonObject, type WireObject } from "./properties";
import type { Session } from "./session";
import type { CheckFailure } from "./settings";

export interface CheckInput {
  readonly resourceName: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly olds: WireObject | undefined;
  readonly news: WireObject;
  readonly seed: Uint8Array;
  readonly autonaming: Autonaming;
}

export interface Checked {
  readonly inputs: WireObject;
  readonly failures: readonly CheckFailure[];
}

/**
 * Completes a resource's inputs: its kind, its name, its namespace. The cluster is asked for the scope of the kind, so
 * that one that cannot be reached is an error here, in the preview, and not halfway through an update.
 */
export async function check(session: Session, input: CheckInput): Promise<Checked> {
  const given = toServerKeys({ apiVersion: input.apiVersion, kind: input.kind, ...plainObject(input.news) });
  const metadata = given["metadata"];
  if (metadata !== undefined && metadata !== null && metadata !== UNKNOWN && !isObject(metadata)) {
    return { inputs: input.news, failures: [{ property: "metadata", reason: "must be an object" }] };
  }
  let inputs: JsonObject;
  try {
    const former = input.olds === undefined ? undefined : plainObject(input.olds);
    inputs = assignName(normalize(given), former, input.resourceName, input.seed, input.autonaming);
  } catch (error) {
    return {
      inputs: input.news,
      failures: [{ property: "metadata.name", reason: error instanceof Error ? error.message : String(error) }],
    };
  }
  inputs = await placed(session, inputs);
  return { inputs: protect(toSdkKeys(inputs), input.news), failures: [] };
}

/** Writes the provider's namespace into an object that needs one and names none. */
async function placed(session: Session, inputs: JsonObject): Promise<JsonObject> {
  const apiVersion = text(inputs, "apiVersion") ?? "";
  const kind = text(inputs, "kind") ?? "";
  const rendering = session.settings.renderYamlToDirectory !== undefined;
  // Without its definition, a custom resource is taken for a namespaced one, as most are.
  const namespaced = rendering || ((await session.cluster.isNamespaced(apiVersion, kind)) ?? true);
  if (get(inputs, "metadata") === UNKNOWN) return inputs;
  if (!namespaced) return withNamespace(inputs, undefined);
  const named = get(inputs, "metadata", "namespace");
  if (named !== undefined && named !== null && named !== "") return inputs;
  if (rendering && session.settings.namespace === undefined) return inputs;
  return withNamespace(inputs, session.defaultNamespace);
}
