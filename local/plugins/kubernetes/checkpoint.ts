import { isSecretKind, toSdkKeys, toServerKeys } from "./objects";
import {
  equal,
  get,
  isObject,
  markSecretsInObject,
  object,
  plainObject,
  secret,
  text,
  without,
  type Json,
  type JsonObject,
  type WireObject,
} from "./properties";

/** What the state keeps beside the live object; the names are the official provider's. */
export interface Bookkeeping {
  readonly fieldManager: string;
  readonly initialApiVersion: string;
}

/** A resource's state, taken apart. */
export interface Checkpoint {
  readonly inputs: JsonObject;
  readonly live: JsonObject;
  readonly fieldManager: string | undefined;
  readonly initialApiVersion: string | undefined;
}

/**
 * A resource's outputs: the live object, the inputs that made it and our bookkeeping. What was secret in the inputs is
 * secret in both; the data of a Secret is secret always.
 */
export function checkpoint(inputs: WireObject, live: JsonObject, keep: Bookkeeping): WireObject {
  return {
    ...protect(toSdkKeys(live), inputs),
    __inputs: protect(toSdkKeys(plainObject(inputs)), inputs),
    __initialApiVersion: keep.initialApiVersion,
    __fieldManager: keep.fieldManager,
  };
}

/** Marks the secrets of an object by the inputs it came from. */
export function protect(item: JsonObject, inputs: WireObject): WireObject {
  const marked = markSecretsInObject(item, inputs);
  if (!isSecretKind(item)) return marked;
  const result = { ...marked };
  for (const field of ["data", "stringData"]) {
    const value = result[field];
    if (value !== undefined && value !== null) result[field] = secret(value);
  }
  return result;
}

export function parseCheckpoint(state: WireObject): Checkpoint {
  const values = plainObject(state);
  const live = ["__inputs", "__fieldManager", "__initialApiVersion"].reduce((item, key) => without(item, key), values);
  return {
    inputs: toServerKeys(object(values, "__inputs")),
    live: toServerKeys(live),
    fieldManager: text(state, "__fieldManager"),
    initialApiVersion: text(state, "__initialApiVersion"),
  };
}

/**
 * The inputs that a refresh records: those we had, but for the fields that somebody changed in the cluster since. How the
 * server writes a value of ours (a quantity, a default in a list) is no change: it wrote it the same way before.
 */
export function refreshedInputs(inputs: JsonObject, before: JsonObject, now: JsonObject): JsonObject {
  // Not by assignment and plain reads: a key called __proto__ would be lost, and constructor found where there is none.
  return Object.fromEntries(
    Object.entries(inputs).flatMap(([key, input]) => {
      const value = refreshedValue(input, get(before, key), get(now, key));
      return value === undefined ? [] : [[key, value]];
    }),
  );
}

function refreshedValue(input: Json, before: Json | undefined, now: Json | undefined): Json | undefined {
  if (equal(before, now)) return input;
  if (isObject(input) && isObject(now)) return refreshedInputs(input, object(before), now);
  if (Array.isArray(input) && Array.isArray(now) && Array.isArray(before)) {
    if (input.length === now.length && before.length === now.length) {
      return input.map((item, index) => refreshedValue(item, before[index], now[index]) ?? null);
    }
  }
  return now;
}

/** The inputs of an object that no program has described yet: all of it, but for what only the server writes. */
export function importedInputs(live: JsonObject): JsonObject {
  const unwanted: readonly (readonly string[])[] = [
    ["status"],
    ["metadata", "creationTimestamp"],
    ["metadata", "generation"],
    ["metadata", "managedFields"],
    ["metadata", "resourceVersion"],
    ["metadata", "uid"],
    ["metadata", "annotations", "deployment.kubernetes.io/revision"],
    ["metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"],
  ];
  const result = unwanted.reduce<JsonObject>((item, path) => without(item, ...path), live);
  const annotations = get(result, "metadata", "annotations");
  return isObject(annotations) && Object.keys(annotations).length === 0
    ? without(result, "metadata", "annotations")
    : result;
}
