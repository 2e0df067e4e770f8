import { Document, visit } from "yaml";
import { apiGroup, toServerKeys } from "../plugins/kubernetes/objects";
import { text, type JsonObject } from "../plugins/kubernetes/properties";

/** What tells an object from all others. */
export interface ObjectName {
  readonly apiVersion: string;
  readonly kind: string;
  /** @default none: it belongs to the cluster, or to whatever namespace it is applied in */
  readonly namespace?: string;
  readonly name: string;
}

/** One object of a render, and the file that holds it. */
export interface Manifest extends ObjectName {
  /** Relative to the render's folder. */
  readonly file: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly yaml: string;
}

/** No namespace can be called so. */
const NO_NAMESPACE = "_cluster";

/** The objects as files `<namespace>/<kind>-<name>.yaml`, ordered by these names. */
export function toManifests(objects: readonly JsonObject[]): readonly Manifest[] {
  const named = objects.map((item) => ({ item, name: nameOf(item) }));
  const short = counts(named.map(({ name }) => fileOf(name, name.kind)));
  const manifests = named.map(({ item, name }) => {
    const file = fileOf(name, name.kind);
    return {
      ...name,
      file: short.get(file) === 1 ? file : fileOf(name, `${name.kind}.${apiGroup(name.apiVersion)}`),
      labels: labelsOf(item),
      yaml: toYaml(toServerKeys(item)),
    };
  });
  const files = counts(manifests.map(({ file }) => file));
  const twice = manifests.find(({ file }) => files.get(file) !== 1);
  if (twice !== undefined) throw new Error(`two objects of the stack are a ${twice.kind} ${twice.name}`);
  return manifests.sort((a, b) => (a.file < b.file ? -1 : 1));
}

function nameOf(item: JsonObject): ObjectName {
  const namespace = text(item, "metadata", "namespace");
  return {
    apiVersion: text(item, "apiVersion") ?? "",
    kind: text(item, "kind") ?? "",
    name: text(item, "metadata", "name") ?? "",
    ...(namespace === undefined ? {} : { namespace }),
  };
}

function fileOf({ namespace, name }: ObjectName, kind: string): string {
  // A colon may stand in the name of a role, and in that of a file on most systems only.
  return `${namespace ?? NO_NAMESPACE}/${kind.toLowerCase()}-${name.replaceAll(":", "_")}.yaml`;
}

function labelsOf(item: JsonObject): Readonly<Record<string, string>> {
  const labels = (item["metadata"] as JsonObject | undefined)?.["labels"] ?? {};
  return labels as Readonly<Record<string, string>>;
}

function counts(values: readonly string[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const value of values) found.set(value, (found.get(value) ?? 0) + 1);
  return found;
}

/** Text of one line that every version of YAML takes for text when it stands without quotes, bar words such as `yes`. */
const PLAIN = /^[A-Za-z/][A-Za-z0-9 ./_-]*$/;

/** Of the older YAML: with it the text `<<` is written without quotes, as the sign that it is in a key. */
const MERGE = "tag:yaml.org,2002:merge";

/**
 * YAML with sorted keys. kubectl and most checkers read YAML 1.1, where `yes`, `1:30` and `=` are no texts: what could be
 * read in two ways is quoted.
 */
export function toYaml(value: unknown): string {
  const document = new Document(value, {
    version: "1.1",
    customTags: (tags) => tags.filter((tag) => typeof tag === "string" || tag.tag !== MERGE),
    sortMapEntries: true,
    aliasDuplicateObjects: false,
  });
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value !== "string" || PLAIN.test(node.value) || node.value.includes("\n")) return;
      node.type = "QUOTE_DOUBLE";
    },
  });
  return document.toString({ lineWidth: 0 });
}
