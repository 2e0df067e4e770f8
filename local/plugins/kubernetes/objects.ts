import { get, isObject, object, text, withField, without, type Json, type JsonObject, UNKNOWN } from "./properties";

/** Names one object of the cluster. */
export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Undefined for a cluster-scoped object. */
  readonly namespace: string | undefined;
}

export function apiGroup(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}

export function annotation(item: JsonObject, key: string): string | undefined {
  return text(item, "metadata", "annotations", key);
}

/** The identifier of a resource, as the official provider writes it: `namespace/name`, or `name` when cluster-scoped. */
export function objectId(item: JsonObject): string {
  const namespace = text(item, "metadata", "namespace") ?? "";
  const name = text(item, "metadata", "name") ?? "";
  return namespace === "" ? name : `${namespace}/${name}`;
}

export function parseId(id: string): { readonly namespace: string | undefined; readonly name: string } {
  const slash = id.indexOf("/");
  return slash < 0
    ? { namespace: undefined, name: id }
    : { namespace: id.slice(0, slash) || undefined, name: id.slice(slash + 1) };
}

/** How messages name an object. */
export function describe(item: JsonObject): string {
  return `${text(item, "kind") ?? "object"} "${objectId(item)}"`;
}

export function isSecretKind(item: JsonObject): boolean {
  return text(item, "apiVersion") === "v1" && text(item, "kind") === "Secret";
}

export function isCustomResourceDefinition(item: JsonObject): boolean {
  return (
    text(item, "kind") === "CustomResourceDefinition" &&
    apiGroup(text(item, "apiVersion") ?? "") === "apiextensions.k8s.io"
  );
}

/** Fields of metadata that only the server writes. */
const READ_ONLY_METADATA = [
  "creationTimestamp",
  "deletionGracePeriodSeconds",
  "deletionTimestamp",
  "generation",
  "managedFields",
  "resourceVersion",
  "selfLink",
  "uid",
] as const;

function withoutReadOnlyMetadata(item: JsonObject): JsonObject {
  return READ_ONLY_METADATA.reduce<JsonObject>((result, key) => without(result, "metadata", key), item);
}

/**
 * Inputs in the form in which they are compared and sent: without fields that only the server writes, and a Secret's
 * `stringData` as base64 `data`, where it wins as it does in the API server. Unknown values stay unknown, one by one.
 */
export function normalize(inputs: JsonObject): JsonObject {
  const result = withoutReadOnlyMetadata(inputs);
  if (!isSecretKind(result)) return result;
  const stringData = get(result, "stringData");
  if (stringData === UNKNOWN) return { ...without(result, "stringData"), data: UNKNOWN };
  const data = get(result, "data");
  if (!isObject(stringData)) return isObject(data) ? { ...result, data: canonicalBase64(data) } : result;
  const encoded = Object.fromEntries(
    Object.entries(stringData).map(([key, value]) => [
      key,
      typeof value === "string" && value !== UNKNOWN ? Buffer.from(value, "utf8").toString("base64") : value,
    ]),
  );
  if (data === UNKNOWN) return { ...without(result, "stringData"), data: UNKNOWN };
  return { ...without(result, "stringData"), data: { ...canonicalBase64(object(data)), ...encoded } };
}

/** The server decodes and encodes again, so line breaks in the input would look like a difference for ever. */
function canonicalBase64(data: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, typeof value === "string" ? value.replace(/[\r\n]/g, "") : value]),
  );
}

/** Keys that the SDK spells with underscores, because a dash is no identifier in every language. */
const DASHED = new Map(
  [
    "embedded-resource",
    "int-or-string",
    "list-map-keys",
    "list-type",
    "map-type",
    "preserve-unknown-fields",
    "validations",
  ].map((name) => [`x_kubernetes_${name.replaceAll("-", "_")}`, `x-kubernetes-${name}`]),
);
const UNDERSCORED = new Map([...DASHED].map(([underscored, dashed]) => [dashed, underscored]));

function renameKeys(value: Json, names: ReadonlyMap<string, string>): Json {
  if (Array.isArray(value)) return value.map((item) => renameKeys(item, names));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [names.get(key) ?? key, renameKeys(child, names)]),
  );
}

/** From the SDK's spelling to the API server's; anything but a CustomResourceDefinition is left alone. */
export function toServerKeys(item: JsonObject): JsonObject {
  return isCustomResourceDefinition(item) ? object(renameKeys(item, DASHED)) : item;
}

export function toSdkKeys(item: JsonObject): JsonObject {
  return isCustomResourceDefinition(item) ? object(renameKeys(item, UNDERSCORED)) : item;
}

export function withNamespace(item: JsonObject, namespace: string | undefined): JsonObject {
  return namespace === undefined
    ? without(item, "metadata", "namespace")
    : withField(item, ["metadata", "namespace"], namespace);
}

/** Conditions of a status, by type. */
export function condition(item: JsonObject, type: string): JsonObject | undefined {
  const conditions = get(item, "status", "conditions");
  if (!Array.isArray(conditions)) return undefined;
  return conditions.filter(isObject).find((entry) => entry["type"] === type);
}
