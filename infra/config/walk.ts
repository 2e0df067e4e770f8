import { z } from "zod";

import type { Path } from "../../components/core/errors";
import { type KeyDoc, keyDocs } from "./leaves";

type Schema = z.core.$ZodType;

/** A schema without its default and its `optional`. */
export function unwrap(schema: Schema): Schema {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return unwrap(schema.unwrap());
  }
  return schema;
}

/** The schema of what stands under `segment`, if anything may stand there. */
function childOf(schema: Schema, segment: string | number): Schema | undefined {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodObject) {
    const shape: Readonly<Record<string, Schema>> = inner.shape;
    if (Object.hasOwn(shape, segment)) return shape[segment];
    return inner.def.catchall instanceof z.ZodNever ? undefined : inner.def.catchall;
  }
  if (inner instanceof z.ZodRecord) return inner.valueType;
  if (inner instanceof z.ZodArray) return inner.element;
  return undefined;
}

/** The keys that an object may have; none for what is no object. */
export function childKeys(schema: Schema, path: Path): readonly string[] {
  const found = schemaAt(schema, path);
  const inner = found === undefined ? undefined : unwrap(found);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

/** The schema of the value at a path. */
export function schemaAt(schema: Schema, path: Path): Schema | undefined {
  return path.reduce<Schema | undefined>(
    (found, segment) => (found === undefined ? undefined : childOf(found, segment)),
    schema,
  );
}

/** What a person is told about the value at a path: its own documentation, or the one of what holds it. */
export function docAt(schema: Schema, path: Path): KeyDoc {
  const found = schemaAt(schema, path);
  const doc = found === undefined ? undefined : keyDocs.get(unwrap(found));
  if (doc !== undefined) return doc;
  const keys = childKeys(schema, path);
  if (keys.length > 0) return { description: "", allowed: `an object with ${keys.join(", ")}`, example: "{}" };
  if (path.length === 0) return { description: "", allowed: "an object", example: "{}" };
  return docAt(schema, path.slice(0, -1));
}

/** One key of the configuration, as docs/configuration.md lists it. */
export interface DocumentedKey {
  readonly path: string;
  readonly doc: KeyDoc;
  /** As JSON; none where the key has to be set, or where its absence means something. */
  readonly default: string | undefined;
  readonly required: boolean;
}

/** Every key below a schema, parents first. */
export function documentedKeys(schema: Schema, prefix = ""): readonly DocumentedKey[] {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodArray)
    return unwrap(inner.element) instanceof z.ZodObject ? documentedKeys(inner.element, `${prefix}[]`) : [];
  if (!(inner instanceof z.ZodObject)) return [];
  const shape: Readonly<Record<string, Schema>> = inner.shape;
  const catchall = inner.def.catchall;
  const named = Object.entries(shape).flatMap(([name, child]) =>
    describeKey(child, prefix === "" ? name : `${prefix}.${name}`),
  );
  const others =
    catchall === undefined || catchall instanceof z.ZodNever ? [] : describeKey(catchall, `${prefix}.<name>`);
  return [...named, ...others];
}

function describeKey(schema: Schema, path: string): readonly DocumentedKey[] {
  const below = documentedKeys(schema, path);
  const own = keyDocs.get(unwrap(schema));
  const empty = z.safeParse(schema, undefined);
  const leaf = below.length === 0;
  const doc = own ?? (leaf ? { description: "", allowed: "", example: "" } : undefined);
  if (doc === undefined) return below;
  const value = leaf && empty.success && empty.data !== undefined ? JSON.stringify(empty.data) : undefined;
  return [{ path, doc, default: value, required: !empty.success }, ...below];
}

/** A path as the schema's library reports it, as we write paths. */
export function plainPath(path: readonly PropertyKey[]): Path {
  return path.map((segment) => (typeof segment === "symbol" ? String(segment) : segment));
}
