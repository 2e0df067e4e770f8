import { get, isObject, list, object, text, withField, without, type Json, type JsonObject } from "./properties";

/** Who is written as the manager of a created object's fields, as in the official provider. */
export const CREATE_MANAGER = "pulumi-kubernetes";

/** Managers whose fields the first update takes over: ourselves at creation, and kubectl before us. */
const PREDECESSORS: readonly { readonly manager: string; readonly operation: string }[] = [
  { manager: "kubectl", operation: "Apply" },
  { manager: "kubectl", operation: "Update" },
  { manager: "before-first-apply", operation: "Update" },
  { manager: "pulumi-kubernetes", operation: "Update" },
  { manager: "pulumi-resource-kubernetes", operation: "Update" },
];

function isPredecessor(entry: JsonObject): boolean {
  return (
    entry["subresource"] === undefined &&
    PREDECESSORS.some(({ manager, operation }) => entry["manager"] === manager && entry["operation"] === operation)
  );
}

/**
 * The managed fields of an object after its predecessors' fields became `manager`'s; undefined when there are none to
 * take over. Without this our own creation would conflict with our first update, and fields that vanish from the
 * program would stay.
 */
export function takeOver(live: JsonObject, manager: string): Json[] | undefined {
  const entries = list(live, "metadata", "managedFields").filter(isObject);
  const taken = entries.filter(isPredecessor);
  if (taken.length === 0) return undefined;
  const isOurs = (entry: JsonObject) =>
    entry["manager"] === manager && entry["operation"] === "Apply" && entry["subresource"] === undefined;
  const sources = [...entries.filter(isOurs), ...taken];
  const fields = sources.map((entry) => object(entry, "fieldsV1")).reduce(union, {});
  const ours: JsonObject = {
    ...object(sources[0] ?? {}),
    manager,
    operation: "Apply",
    fieldsType: "FieldsV1",
    fieldsV1: fields,
  };
  return [...entries.filter((entry) => !isOurs(entry) && !isPredecessor(entry)), ours];
}

/** The JSON patch that writes these managed fields, if the object is still what we read. */
export function managedFieldsPatch(live: JsonObject, managedFields: Json[]): Json {
  return [
    { op: "replace", path: "/metadata/managedFields", value: managedFields },
    { op: "replace", path: "/metadata/resourceVersion", value: text(live, "metadata", "resourceVersion") ?? "" },
  ];
}

/** Whether an object still has fields under a manager of ours other than server-side apply's. */
export function hasCreateManager(live: JsonObject): boolean {
  return list(live, "metadata", "managedFields").some(
    (entry) => isObject(entry) && isPredecessor(entry) && (text(entry, "manager") ?? "").startsWith("pulumi-"),
  );
}

function union(left: JsonObject, right: JsonObject): JsonObject {
  const result = { ...left };
  for (const [key, value] of Object.entries(right)) {
    const existing = result[key];
    result[key] = isObject(existing) && isObject(value) ? union(existing, value) : value;
  }
  return result;
}

function owns(entry: JsonObject, path: readonly string[]): boolean {
  return get(entry, "fieldsV1", ...path.map((part) => `f:${part}`)) !== undefined;
}

/**
 * Inputs for an apply under `ignoreChanges`: an ignored field that only others manage is left out, so that they keep it;
 * one that we manage is sent as it is in the cluster. Paths into lists are left as they are.
 */
export function withIgnored(
  inputs: JsonObject,
  live: JsonObject,
  manager: string,
  ignoreChanges: readonly (readonly (string | number)[])[],
): JsonObject {
  const entries = list(live, "metadata", "managedFields").filter(isObject);
  const ours = entries.filter((entry) => entry["manager"] === manager);
  const theirs = entries.filter((entry) => entry["manager"] !== manager);
  return ignoreChanges.reduce<JsonObject>((result, path) => {
    const names = path.filter((part) => typeof part === "string");
    if (names.length !== path.length || names.includes("*")) return result;
    if (theirs.some((entry) => owns(entry, names)) && !ours.some((entry) => owns(entry, names))) {
      return without(result, ...names);
    }
    const value = get(live, ...names);
    return value === undefined ? result : withField(result, names, value);
  }, inputs);
}
