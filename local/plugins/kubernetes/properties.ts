import { Struct } from "google-protobuf/google/protobuf/struct_pb";

/** A JSON value, as Kubernetes and the plugin protocol speak it. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/**
 * A JSON object as the engine sends it: secrets and outputs are wrapped in objects with a signature, an unknown value is
 * the string `UNKNOWN`. After `plain` the wrappers are gone and only `UNKNOWN` is left.
 */
export type WireObject = JsonObject;

/** How the protocol writes a value that is not known yet (sdk/go/common/resource/plugin/rpc.go, UnknownStringValue). */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at `path`, or undefined where the path leaves the tree. */
export function get(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  let here = value;
  for (const key of path) {
    if (!isObject(here)) return undefined;
    here = Object.hasOwn(here, key) ? here[key] : undefined;
  }
  return here;
}

export function text(value: Json | undefined, ...path: readonly string[]): string | undefined {
  const found = get(value, ...path);
  return typeof found === "string" ? found : undefined;
}

export function count(value: Json | undefined, ...path: readonly string[]): number | undefined {
  const found = get(value, ...path);
  return typeof found === "number" ? found : undefined;
}

export function object(value: Json | undefined, ...path: readonly string[]): JsonObject {
  const found = get(value, ...path);
  return isObject(found) ? found : {};
}

export function list(value: Json | undefined, ...path: readonly string[]): readonly Json[] {
  const found = get(value, ...path);
  return Array.isArray(found) ? found : [];
}

export function fromStruct(struct: Struct | undefined): WireObject {
  const value: unknown = struct?.toJavaScript() ?? {};
  return value as WireObject;
}

export function toStruct(value: WireObject): Struct {
  return Struct.fromJavaScript(value);
}

export function isSecret(value: Json | undefined): boolean {
  return isObject(value) && value[SIGNATURE] === SECRET;
}

/** Wraps a value so that the engine encrypts it; a wrapped one stays as it is. */
export function secret(value: Json): Json {
  return isSecret(value) ? value : { [SIGNATURE]: SECRET, value: plain(value) };
}

/** The value without wrappers; unknown leaves are `UNKNOWN`. */
export function plain(value: Json): Json {
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  if (value[SIGNATURE] === SECRET) return plain(value["value"] ?? null);
  if (value[SIGNATURE] === OUTPUT) return "value" in value ? plain(value["value"] ?? null) : UNKNOWN;
  return mapValues(value, plain);
}

export function plainObject(value: WireObject): JsonObject {
  const result = plain(value);
  return isObject(result) ? result : {};
}

/** Whether a value, or anything in it, is unknown. */
export function hasUnknown(value: Json): boolean {
  if (Array.isArray(value)) return value.some(hasUnknown);
  if (isObject(value)) return Object.values(value).some(hasUnknown);
  return value === UNKNOWN;
}

export function hasSecret(value: Json): boolean {
  if (Array.isArray(value)) return value.some(hasSecret);
  if (isObject(value)) return isSecret(value) || Object.values(value).some(hasSecret);
  return false;
}

/**
 * Marks as secret in `value` what is secret at the same place in `pattern`. Where two lists do not line up (another
 * length, or items of other names) the whole list becomes secret: too much is hidden rather than too little.
 */
export function markSecrets(value: Json, pattern: Json | undefined): Json {
  if (pattern === undefined || !hasSecret(pattern)) return value;
  if (isSecret(pattern)) return secret(value);
  if (isObject(value) && isObject(pattern)) {
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, markSecrets(child, pattern[key])]));
  }
  if (Array.isArray(value) && Array.isArray(pattern) && lineUp(value, pattern)) {
    return value.map((child, index) => markSecrets(child, pattern[index]));
  }
  return secret(value);
}

export function markSecretsInObject(value: JsonObject, pattern: WireObject): WireObject {
  const marked = markSecrets(value, pattern);
  return isObject(marked) ? marked : value;
}

function lineUp(left: readonly Json[], right: readonly Json[]): boolean {
  return (
    left.length === right.length &&
    left.every((item, index) => text(item, "name") === text(plain(right[index] ?? null), "name"))
  );
}

/** Every string that is secret in a value, for redaction. */
export function secretStrings(value: Json, inside = false): string[] {
  if (typeof value === "string") return inside && value !== UNKNOWN ? [value] : [];
  if (Array.isArray(value)) return value.flatMap((item) => secretStrings(item, inside));
  if (!isObject(value)) return inside && typeof value === "number" ? [String(value)] : [];
  if (isSecret(value)) return secretStrings(value["value"] ?? null, true);
  return Object.values(value).flatMap((item) => secretStrings(item, inside));
}

export function mapValues(value: JsonObject, change: (child: Json) => Json): JsonObject {
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, change(child)]));
}

/** Deep equality; the order of keys does not count, and a key without a value counts as absent. */
export function equal(left: Json | undefined, right: Json | undefined): boolean {
  if (left === right) return true;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => equal(item, right[index]));
  }
  if (isObject(left) && isObject(right)) {
    return [...new Set([...Object.keys(left), ...Object.keys(right)])].every((key) => equal(left[key], right[key]));
  }
  return false;
}

/** A copy without the given field. */
export function without(value: JsonObject, ...path: readonly string[]): JsonObject {
  const [key, ...rest] = path;
  if (key === undefined || !(key in value)) return value;
  const { [key]: child, ...others } = value;
  if (rest.length === 0) return others;
  return isObject(child) ? { ...value, [key]: without(child, ...rest) } : value;
}

/** A copy with the given field set; parents are created. */
export function withField(value: JsonObject, path: readonly string[], field: Json): JsonObject {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  return { ...value, [key]: rest.length === 0 ? field : withField(object(value, key), rest, field) };
}
