import { isObject, mapValues, plain, secret, type Json, type JsonObject } from "../plugins/kubernetes/properties";

/** How the engine marks a secret in a state and in its events; what is in it stands beside the mark. */
const MARK = "4dabf18193072939515e22adb298388d";

/** One resource of an exported state. */
interface StateResource {
  readonly urn: string;
  readonly type: string;
  /** Read by the program, and made by somebody else. */
  readonly external?: boolean;
  readonly inputs?: JsonObject;
}

/** A resource that the program registered, its secrets wrapped as the plugin protocol wraps them. */
export interface Registered {
  readonly urn: string;
  readonly type: string;
  readonly inputs: JsonObject;
}

/** What a run of the program left in its state. */
export interface ProgramRun {
  /** What the stack makes on Kubernetes, in the order in which it is made. */
  readonly objects: readonly Registered[];
  readonly releases: readonly Registered[];
}

const RELEASE = "kubernetes:helm.sh/v3:Release";

/** @param exported what `pulumi stack export --show-secrets` prints */
export function readRun(exported: string): ProgramRun {
  const { deployment } = JSON.parse(exported) as { deployment: { resources?: readonly StateResource[] } };
  const registered = (deployment.resources ?? [])
    .filter(({ type, external }) => type.startsWith("kubernetes:") && external !== true)
    .map(({ urn, type, inputs = {} }) => ({ urn, type, inputs: unwrap(inputs) }));
  return {
    objects: registered.filter(({ type }) => type !== RELEASE),
    releases: registered.filter(({ type }) => type === RELEASE),
  };
}

/** From the marks of a state or an event to those of the plugin protocol, which the Kubernetes plugin's functions know. */
export function unwrap(value: JsonObject): JsonObject;
export function unwrap(value: Json): Json;
export function unwrap(value: Json): Json {
  if (Array.isArray(value)) return value.map((item) => unwrap(item));
  if (!isObject(value)) return value;
  if (MARK in value) {
    const { plaintext } = value;
    // An event does not say what the secret is.
    return secret(typeof plaintext === "string" ? plain(unwrap(JSON.parse(plaintext) as Json)) : "");
  }
  return mapValues(value, (item) => unwrap(item));
}
