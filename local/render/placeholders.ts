import { isSecretKind } from "../plugins/kubernetes/objects";
import {
  isObject,
  isSecret,
  plain,
  secret,
  UNKNOWN,
  type Json,
  type JsonObject,
} from "../plugins/kubernetes/properties";

/** Stands for every secret text; any field that takes free text takes it. */
export const HIDDEN = "hidden";

/** Stands for a text that only the running cluster or cloud can tell, such as the address of a load balancer. */
export const NOT_YET_KNOWN = "unknown-until-applied";

/** An object as it can be shown, and what of it cannot. */
export interface Shown {
  readonly value: JsonObject;
  /** Fields for which there is no honest placeholder, each with what is the matter with it. */
  readonly faults: readonly string[];
}

/**
 * An object with placeholders for its secrets and for what is not known yet.
 *
 * @param inputs as the program's run without a cluster had them: complete, but some made up by stand-in plugins
 * @param foreseen as a preview had them: nothing is made up, and what is not known is marked
 */
export function withPlaceholders(inputs: JsonObject, foreseen: JsonObject): Shown {
  const faults: string[] = [];
  const marked = markUnknown(inputs, foreseen, "", faults);
  const shown = isSecretKind(inputs) ? hideData(marked) : marked;
  return { value: hide(shown, false, "", faults), faults };
}

function markUnknown(value: JsonObject, foreseen: JsonObject, path: string, faults: string[]): JsonObject {
  for (const [key, known] of Object.entries(foreseen)) {
    if (Object.hasOwn(value, key) || !hasUnknown(known)) continue;
    faults.push(`${join(path, key)} would be missing: it is not known before the stack runs`);
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, markUnknownIn(item, foreseen[key], join(path, key), faults)]),
  );
}

function markUnknownIn(value: Json, foreseen: Json | undefined, path: string, faults: string[]): Json {
  if (isSecret(value) || foreseen === undefined) return value;
  if (isSecret(foreseen)) return secret(value);
  if (foreseen === UNKNOWN) return notYetKnown(value, path, faults);
  if (Array.isArray(value) && Array.isArray(foreseen)) {
    return value.map((item, index) => markUnknownIn(item, foreseen[index], `${path}[${index}]`, faults));
  }
  return isObject(value) && isObject(foreseen) ? markUnknown(value, foreseen, path, faults) : value;
}

function hasUnknown(value: Json): boolean {
  if (Array.isArray(value)) return value.some(hasUnknown);
  return isObject(value) ? Object.values(value).some(hasUnknown) : value === UNKNOWN;
}

function notYetKnown(value: Json, path: string, faults: string[]): Json {
  if (typeof value === "string") return NOT_YET_KNOWN;
  if (Array.isArray(value)) return value.map((item, index) => notYetKnown(item, `${path}[${index}]`, faults));
  if (isObject(value)) {
    const entries = Object.entries(value);
    return Object.fromEntries(entries.map(([key, item]) => [key, notYetKnown(item, join(path, key), faults)]));
  }
  if (value !== null) faults.push(`${path} is a ${typeof value} that is not known before the stack runs`);
  return value;
}

function hide(value: JsonObject, inSecret: boolean, path: string, faults: string[]): JsonObject;
function hide(value: Json, inSecret: boolean, path: string, faults: string[]): Json;
function hide(value: Json, inSecret: boolean, path: string, faults: string[]): Json {
  if (isSecret(value)) return hide(plain(value), true, path, faults);
  if (Array.isArray(value)) return value.map((item, index) => hide(item, inSecret, `${path}[${index}]`, faults));
  if (isObject(value)) {
    const entries = Object.entries(value);
    return Object.fromEntries(entries.map(([key, item]) => [key, hide(item, inSecret, join(path, key), faults)]));
  }
  if (!inSecret) return value;
  if (typeof value === "string") return HIDDEN;
  if (value !== null) faults.push(`${path} is a secret ${typeof value}: there is no placeholder for it`);
  return value;
}

/** What the API server wants to find in Secrets of some types; it refuses free text there. */
const FORMS: Readonly<Record<string, string>> = {
  ".dockerconfigjson": JSON.stringify({ auths: {} }),
  ".dockercfg": "{}",
};

/** A Secret whose values are placeholders, whether the program called them secret or not. */
function hideData(item: JsonObject): JsonObject {
  const hidden = (field: "data" | "stringData", form: (text: string) => string) => {
    const values = plain(item[field] ?? null);
    if (!isObject(values)) return {};
    const texts = Object.keys(values).map((key) => [key, form(FORMS[key] ?? HIDDEN)] as const);
    return { [field]: Object.fromEntries(texts) };
  };
  return {
    ...item,
    ...hidden("data", (text) => Buffer.from(text).toString("base64")),
    ...hidden("stringData", (text) => text),
  };
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}
