import { isList, isProperties, isSecret, unknown } from "./values";
import type { Properties, Value } from "./values";

export interface PropertyChange {
  /** As the engine spells paths: `tags.Name`, `rules[0].port`, `labels["app.kubernetes.io/name"]`. */
  readonly path: string;
  readonly kind: "add" | "delete" | "update";
  readonly replaces: boolean;
}

/**
 * Compares old inputs with new ones, property by property. What is unknown in a preview counts as changed; whether a
 * value is secret does not. Properties that start with `__` are a provider's own notes, and null is the same as absent.
 *
 * @param replaceOn paths whose change, or the change of anything below them, replaces the resource; `rules.port` means
 *   the port of every rule, and `*` means every property
 */
export function diffProperties(olds: Properties, news: Properties, replaceOn: readonly string[]): PropertyChange[] {
  const changes: Omit<PropertyChange, "replaces">[] = [];
  compareObjects(olds, news, "", changes);
  return changes.map((change) => ({ ...change, replaces: isReplacing(change.path, replaceOn) }));
}

type Found = Omit<PropertyChange, "replaces">;

function compareObjects(olds: Properties, news: Properties, prefix: string, found: Found[]): void {
  for (const name of new Set([...Object.keys(olds), ...Object.keys(news)])) {
    if (name.startsWith("__")) continue;
    compare(olds[name], news[name], join(prefix, name), found);
  }
}

function compare(old: Value | undefined, next: Value | undefined, path: string, found: Found[]): void {
  if (isSecret(old)) {
    compare(old.value, next, path, found);
  } else if (isSecret(next)) {
    compare(old, next.value, path, found);
  } else if (next === unknown) {
    found.push({ path, kind: isAbsent(old) ? "add" : "update" });
  } else if (isAbsent(old) || isAbsent(next)) {
    if (!isAbsent(next)) found.push({ path, kind: "add" });
    else if (!isAbsent(old)) found.push({ path, kind: "delete" });
  } else if (isProperties(old) && isProperties(next)) {
    compareObjects(old, next, path, found);
  } else if (isList(old) && isList(next)) {
    for (let i = 0; i < Math.max(old.length, next.length); i++) compare(old[i], next[i], `${path}[${i}]`, found);
  } else if (old !== next) {
    found.push({ path, kind: "update" });
  }
}

function isAbsent(value: Value | undefined): value is null | undefined {
  return value === undefined || value === null;
}

function join(prefix: string, name: string): string {
  if (!/^[A-Za-z_$][\w$-]*$/.test(name)) return `${prefix}[${JSON.stringify(name)}]`;
  return prefix === "" ? name : `${prefix}.${name}`;
}

function isReplacing(path: string, replaceOn: readonly string[]): boolean {
  const plain = path.replaceAll(/\[\d+\]/g, "");
  return replaceOn.some(
    (prefix) => prefix === "*" || plain === prefix || plain.startsWith(`${prefix}.`) || plain.startsWith(`${prefix}[`),
  );
}
