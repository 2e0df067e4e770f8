import { isDeepStrictEqual } from "node:util";
import { isObject, text, type Json, type JsonObject } from "../plugins/kubernetes/properties";

/** One field that differs. */
export interface FieldChange {
  /** As `spec.template.spec.containers[manager].image`. */
  readonly path: string;
  /** @default none: it is new */
  readonly from?: Json;
  /** @default none: it is gone */
  readonly to?: Json;
}

interface ObjectChange {
  /** As `Deployment cnpg-system/cloudnative-pg`. */
  readonly object: string;
  readonly kind: "added" | "removed" | "changed";
  /** Of a changed object. */
  readonly fields: readonly FieldChange[];
}

export interface ChartChange {
  readonly objects: readonly ObjectChange[];
  /** Objects that differ in nothing but the labels that name a version. */
  readonly relabelled: number;
  readonly images: { readonly gone: readonly string[]; readonly added: readonly string[] };
  /** Why every database restarts, one after the other. Empty: none does. */
  readonly restarts: readonly string[];
}

/** Change with each version and mean nothing. */
const VERSION_LABELS = /\blabels\.(helm\.sh\/chart|app\.kubernetes\.io\/version|chart)$/;

/** What is part of every database pod, and so restarts all of them when it changes. */
const inDatabases: readonly {
  readonly release: string;
  readonly kind: string;
  readonly field: RegExp;
  readonly why: string;
}[] = [
  {
    release: "cloudnative-pg",
    kind: "Deployment",
    field: /^spec\.template\.spec\.containers\[.+\]\.image$/,
    why: "the operator's image is also the manager inside each of their pods",
  },
  {
    release: "plugin-barman-cloud",
    kind: "ConfigMap",
    field: /^data\.SIDECAR_IMAGE$/,
    why: "the plugin's sidecar runs in each of their pods",
  },
];

/** What a release of a chart makes, before and after. */
export function compareCharts(
  release: string,
  before: readonly JsonObject[],
  after: readonly JsonObject[],
): ChartChange {
  const [old, young] = [byName(before), byName(after)];
  const changes: ObjectChange[] = [];
  let relabelled = 0;
  for (const object of [...new Set([...old.keys(), ...young.keys()])].sort()) {
    const [from, to] = [old.get(object), young.get(object)];
    if (from === undefined || to === undefined) {
      changes.push({ object, kind: from === undefined ? "added" : "removed", fields: [] });
      continue;
    }
    const all = fieldChanges(from, to, "");
    const fields = all.filter(({ path }) => !VERSION_LABELS.test(path));
    if (fields.length > 0) changes.push({ object, kind: "changed", fields: hidden(object, fields) });
    else if (all.length > 0) relabelled += 1;
  }
  const [oldImages, newImages] = [imagesOf(before), imagesOf(after)];
  return {
    objects: changes,
    relabelled,
    images: {
      gone: [...oldImages].filter((image) => !newImages.has(image)).sort(),
      added: [...newImages].filter((image) => !oldImages.has(image)).sort(),
    },
    restarts: restarts(release, changes),
  };
}

function restarts(release: string, changes: readonly ObjectChange[]): readonly string[] {
  return inDatabases
    .filter(
      (part) =>
        part.release === release &&
        changes.some(
          ({ object, fields }) =>
            object.startsWith(`${part.kind} `) && fields.some(({ path }) => part.field.test(path)),
        ),
    )
    .map(({ why }) => why);
}

function byName(objects: readonly JsonObject[]): ReadonlyMap<string, JsonObject> {
  return new Map(
    objects.map((object) => {
      const namespace = text(object, "metadata", "namespace");
      const name = text(object, "metadata", "name") ?? "";
      return [`${text(object, "kind") ?? ""} ${namespace === undefined ? "" : `${namespace}/`}${name}`, object];
    }),
  );
}

/** A Secret's values are nobody's business, not even those that a chart makes up. */
function hidden(object: string, fields: readonly FieldChange[]): readonly FieldChange[] {
  return object.startsWith("Secret ") ? fields.map(({ path }) => ({ path })) : fields;
}

function fieldChanges(from: Json | undefined, to: Json | undefined, path: string): readonly FieldChange[] {
  if (isDeepStrictEqual(from, to)) return [];
  if (isObject(from) && isObject(to)) {
    return [...new Set([...Object.keys(from), ...Object.keys(to)])].flatMap((key) =>
      fieldChanges(from[key], to[key], path === "" ? key : `${path}.${key}`),
    );
  }
  if (Array.isArray(from) && Array.isArray(to)) {
    const [old, young] = [items(from), items(to)];
    const sorted = (list: ReadonlyMap<string, Json>) => [...list.keys()].sort();
    // The same items in another order.
    if (
      isDeepStrictEqual(sorted(old), sorted(young)) &&
      [...old].every(([key, item]) => isDeepStrictEqual(item, young.get(key)))
    )
      return [{ path, from, to }];
    return [...new Set([...old.keys(), ...young.keys()])].flatMap((key) =>
      fieldChanges(old.get(key), young.get(key), `${path}[${key}]`),
    );
  }
  return [{ path, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }];
}

/** A list's items by their names where each has one, as containers have, or by themselves where they are text; else by their places. */
function items(list: readonly Json[]): ReadonlyMap<string, Json> {
  const names = list.map((item) => (typeof item === "string" ? item : text(item, "name")));
  const named = names.every((name) => name !== undefined) && new Set(names).size === names.length;
  return new Map(list.map((item, index) => [named ? (names[index] ?? "") : String(index), item]));
}

function imagesOf(value: Json | readonly JsonObject[]): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (here: Json | readonly JsonObject[], key: string) => {
    if (typeof here === "string" && /(^|_)image$/i.test(key) && here !== "") found.add(here);
    else if (Array.isArray(here)) for (const item of here) visit(item, "");
    else if (isObject(here as Json)) {
      for (const [name, item] of Object.entries(here as JsonObject)) {
        // A CRD describes fields that are called so.
        if (name !== "openAPIV3Schema") visit(item, name);
      }
    }
  };
  visit(value, "");
  return found;
}
