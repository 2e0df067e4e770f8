import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { isCustomResourceDefinition, isSecretKind, toServerKeys } from "./objects";
import {
  isObject,
  isSecret,
  mapValues,
  object,
  plainObject,
  text,
  type Json,
  type JsonObject,
  type WireObject,
} from "./properties";
import { REDACTED } from "./redact";

/** The manifest's file, named as by the official provider: definitions in `0-crd`, the others in `1-manifest`. */
function manifestPath(folder: string, item: JsonObject): string {
  const sanitise = (name: string) => name.replace(/[/:]/g, "_");
  const name = [
    sanitise(text(item, "apiVersion") ?? ""),
    (text(item, "kind") ?? "").toLowerCase(),
    text(item, "metadata", "namespace") ?? "default",
    sanitise(text(item, "metadata", "name") ?? ""),
  ].join("-");
  return join(folder, isCustomResourceDefinition(item) ? "0-crd" : "1-manifest", `${name}.yaml`);
}

/** Writes an object's manifest, its secrets replaced by a marker, and returns the file's path. */
export function renderManifest(folder: string, item: JsonObject, inputs: WireObject): string {
  const path = manifestPath(folder, item);
  mkdirSync(join(path, ".."), { recursive: true, mode: 0o700 });
  writeFileSync(path, stringify(withoutSecrets(item, inputs)), { mode: 0o600 });
  return path;
}

export function removeManifest(folder: string, item: JsonObject): string {
  const path = manifestPath(folder, item);
  rmSync(path, { force: true });
  return path;
}

function withoutSecrets(item: JsonObject, inputs: WireObject): JsonObject {
  const result = toServerKeys(object(masked(inputs)));
  if (!isSecretKind(item)) return result;
  const hidden = (field: string) => {
    const values = object(plainObject(inputs), field);
    return Object.keys(values).length === 0 ? {} : { [field]: mapValues(values, () => REDACTED) };
  };
  return { ...result, ...hidden("data"), ...hidden("stringData") };
}

function masked(value: Json): Json {
  if (isSecret(value)) return REDACTED;
  if (Array.isArray(value)) return value.map(masked);
  return isObject(value) ? mapValues(value, masked) : value;
}
