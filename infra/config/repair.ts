import { z } from "zod";

import type { Path } from "../../components/core/errors";
import { type ParsedConfig, schema } from "./schema";
import { docAt, plainPath, schemaAt, unwrap } from "./walk";

/** An object that is made up takes a round per level; no path of the schema is deeper. */
const ROUNDS = 8;

/**
 * A configuration that is accepted and differs from the given one only where that was faulty: what has a default gets it, what has
 * none gets the example of its documentation. Rules about combinations can then still be checked for all the rest.
 *
 * @returns nothing if the configuration is too broken for that
 */
export function repair(values: unknown): ParsedConfig | undefined {
  let candidate = values;
  for (let round = 0; round < ROUNDS; round += 1) {
    const result = schema.safeParse(candidate);
    if (result.success) return result.data;
    for (const issue of result.error.issues) candidate = repairIssue(candidate, issue, round === 0);
  }
  return undefined;
}

function repairIssue(values: unknown, issue: z.core.$ZodIssue, first: boolean): unknown {
  const path = plainPath(issue.path);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.reduce((rest, key) => replaced(rest, [...path, key], undefined), values);
  }
  const removable = issue.code === "invalid_key" || (first && typeof path.at(-1) !== "number");
  return replaced(values, path, removable ? undefined : sample(path));
}

function sample(path: Path): unknown {
  const found = schemaAt(schema, path);
  if (found === undefined) return undefined;
  const inner = unwrap(found);
  if (inner instanceof z.ZodObject || inner instanceof z.ZodRecord) return {};
  if (inner instanceof z.ZodArray) return [];
  const { example, sample: given = example } = docAt(schema, path);
  return inner instanceof z.ZodNumber ? Number(given) : given;
}

/** A copy with another value at a path; without the key where the value is `undefined`. */
function replaced(value: unknown, [head, ...rest]: Path, by: unknown): unknown {
  if (head === undefined) return by;
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) => (index === head ? replaced(item, rest, by) : item));
  }
  const object = typeof value === "object" && value !== null ? value : {};
  const item = replaced((object as Readonly<Record<string, unknown>>)[head], rest, by);
  const others = Object.entries(object).filter(([key]) => key !== String(head));
  return Object.fromEntries(item === undefined ? others : [...others, [String(head), item]]);
}
