import { isAutonamed, isNamed } from "./auto-name";
import { forceNewPaths, forcesNew, type PathElement } from "./force-new";
import { equal, isObject, text, UNKNOWN, without, type Json, type JsonObject } from "./properties";
import type { Settings } from "./settings";

type ChangeKind = "add" | "delete" | "update";

export interface Change {
  readonly path: readonly PathElement[];
  readonly kind: ChangeKind;
  /** The object has to be made anew for it. */
  readonly replace: boolean;
}

export interface Diff {
  readonly changes: readonly Change[];
  /** The old object has to go first, because the new one takes its name. */
  readonly deleteBeforeReplace: boolean;
}

/**
 * Compares inputs leaf by leaf; both are without secret wrappers and normalised. A value that is not known yet counts as
 * a change of exactly that value: an unknown `spec` is an update, and replaces nothing because of what may be in it.
 */
export function diffInputs(
  olds: JsonObject,
  news: JsonObject,
  settings: Pick<Settings, "configMapMutable" | "secretMutable">,
  ignoreChanges: readonly string[] = [],
): Diff {
  const forced = forceNewPaths(news, settings);
  const ignored = ignoreChanges.map(parsePath);
  const changes = leaves(canonical(olds), canonical(news))
    .filter(({ path }) => !ignored.some((pattern) => covers(pattern, path)))
    .map((leaf) => ({ ...leaf, replace: forcesNew(leaf.path, forced) }));
  const replaces = changes.some((change) => change.replace);
  const sameName = text(olds, "metadata", "name") === text(news, "metadata", "name");
  const sameNamespace = namespaceOf(olds) === namespaceOf(news);
  return {
    changes,
    deleteBeforeReplace: replaces && isNamed(news) && !isAutonamed(news) && sameName && sameNamespace,
  };
}

function namespaceOf(item: JsonObject): string {
  return text(item, "metadata", "namespace") ?? "default";
}

/** An object without a namespace and one in `default` are in the same place. */
function canonical(item: JsonObject): JsonObject {
  return text(item, "metadata", "namespace") === "default" ? without(item, "metadata", "namespace") : item;
}

type Leaf = Omit<Change, "replace">;

function leaves(before: Json | undefined, after: Json | undefined, path: readonly PathElement[] = []): Leaf[] {
  if (equal(before, after) && after !== UNKNOWN) return [];
  if (isObject(before) && isObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap((key) => leaves(before[key], after[key], [...path, key]));
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const length = Math.max(before.length, after.length);
    return Array.from({ length }, (_, index) => leaves(before[index], after[index], [...path, index])).flat();
  }
  if (isEmpty(before) && isEmpty(after)) return [];
  if (before === undefined) return [{ path, kind: "add" }];
  if (after === undefined) return [{ path, kind: "delete" }];
  return [{ path, kind: "update" }];
}

/** The server drops an empty map or list where it can, and null is how a program says "not set". */
function isEmpty(value: Json | undefined): boolean {
  return value === undefined || value === null || (isObject(value) && Object.keys(value).length === 0);
}

/** Writes a path the way the engine reads it: `spec.containers[0].env` or `data["a.b"]`. */
export function formatPath(path: readonly PathElement[]): string {
  return path.reduce<string>((result, part) => {
    if (typeof part === "number") return `${result}[${part}]`;
    if (!/^[A-Za-z_$][\w$]*$/.test(part)) return `${result}["${part.replaceAll('"', '\\"')}"]`;
    return result === "" ? part : `${result}.${part}`;
  }, "");
}

/** Reads a path of `ignoreChanges`; `*` stands for any one element. */
export function parsePath(path: string): PathElement[] {
  const parts = path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+|\*)\]|([^.[\]]+)/g);
  return [...parts].map(([, quoted, index, name]) => {
    if (quoted !== undefined) return quoted.replace(/\\(.)/g, "$1");
    if (index !== undefined) return index === "*" ? "*" : Number(index);
    return name ?? "";
  });
}

function covers(pattern: readonly PathElement[], path: readonly PathElement[]): boolean {
  return pattern.length <= path.length && pattern.every((part, index) => part === "*" || part === path[index]);
}
