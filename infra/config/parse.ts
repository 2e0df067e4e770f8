import { closest, distance } from "fastest-levenshtein";
import type { z } from "zod";

import { type Fault, formatPath, formatValue, type Path, ValidationError } from "../../components/core/errors";
import { configConflicts } from "./checks";
import type { KeyDoc } from "./leaves";
import { repair } from "./repair";
import { type ParsedConfig, schema, secretKeys } from "./schema";
import { childKeys, docAt, plainPath } from "./walk";

/** A stack's configuration as it was found, before anything is known about it. */
export interface RawConfig {
  /** The stack's name, for the commands in messages. */
  readonly stack: string;
  /** Values by top-level key; structured ones as objects. */
  readonly values: Readonly<Record<string, unknown>>;
  /** The top-level keys that are, or hold, Pulumi secrets. */
  readonly encrypted: ReadonlySet<string>;
}

/**
 * Judges the whole configuration at once. Pure: the same input gives the same answer, and nothing is read or made.
 *
 * @throws ValidationError with every fault: its path, the value (never a secret one), what is allowed, and the command that puts it right.
 */
export function parseConfig(raw: RawConfig): ParsedConfig {
  const result = schema.safeParse(raw.values);
  const faults = [
    ...(result.success ? [] : result.error.issues.flatMap((issue) => describeIssue(issue, raw))),
    ...plainSecrets(raw),
  ];
  const judged = result.success ? result.data : repair(raw.values);
  if (judged !== undefined) {
    const faulty = faults.map(({ path }) => path);
    for (const { at, reads, value, allowed, example, remove } of configConflicts(judged)) {
      // What is wrong in itself was said already; a rule that looked at its default in its place has nothing to add.
      if (reads.some((read) => faulty.some((path) => overlap(path, read)))) continue;
      const doc = docAt(schema, at);
      faults.push({
        path: at,
        problem: describeProblem(value, doc),
        allowed,
        remedy: remedyOf(raw.stack, at, { secret: doc.secret, remove, example }),
      });
    }
  }
  if (faults.length > 0 || !result.success) throw new ValidationError(`Configuration of stack ${raw.stack}`, faults);
  return result.data;
}

function describeIssue(issue: z.core.$ZodIssue, { stack, values }: RawConfig): Fault[] {
  const path = plainPath(issue.path);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((unknown) => unknownKey(stack, [...path, unknown], childKeys(schema, path)));
  }
  if (issue.code === "invalid_key") return [invalidName(stack, path)];

  const doc = docAt(schema, path);
  const value = valueAt(values, path);
  return [
    {
      path,
      problem: describeProblem(value, doc),
      allowed: doc.allowed,
      remedy: remedyOf(stack, path, doc),
    },
  ];
}

interface Remedy {
  readonly secret?: boolean | undefined;
  readonly remove?: boolean | undefined;
  readonly example: string;
}

function remedyOf(stack: string, path: Path, { secret, remove, example }: Remedy): string {
  if (remove === true) return removeCommand(stack, path);
  return secret === true ? secretCommand(stack, path) : setCommand(stack, path, example);
}

function describeProblem(value: unknown, doc: KeyDoc): string {
  if (value === undefined) return "is missing";
  return doc.secret === true ? "is not accepted (its value is not shown)" : `is ${formatValue(value)}`;
}

/** Edits from what was written to what was meant; beyond that, a guess would only mislead. */
const TYPO = 3;

function unknownKey(stack: string, path: Path, known: readonly string[]): Fault {
  const name = String(path.at(-1));
  const nearest = known.length === 0 ? "" : closest(name, known);
  const hint = nearest !== "" && distance(name, nearest) <= TYPO ? `, did you mean ${nearest}?` : "";
  return {
    path,
    problem: `is unknown${hint}`,
    allowed: known.join(", "),
    remedy: removeCommand(stack, path),
  };
}

function invalidName(stack: string, path: Path): Fault {
  return {
    path,
    problem: "is no name that is accepted here",
    allowed: docAt(schema, path.slice(0, -1)).allowed,
    remedy: removeCommand(stack, path),
  };
}

/** A secret that lies open in the file: to be reported without repeating it, and without a command line that would hold it. */
function plainSecrets({ stack, values, encrypted }: RawConfig): Fault[] {
  return secretKeys
    .filter((key) => values[key] !== undefined && values[key] !== "" && !encrypted.has(key))
    .map((key) => ({
      path: [key],
      problem: "is not encrypted (its value is not shown)",
      allowed: "a Pulumi secret",
      remedy: `${secretCommand(stack, [key])}   # and make a new one: this one was readable`,
    }));
}

/** Asks for the value on the terminal, so that it stays out of the shell's history. */
function secretCommand(stack: string, path: Path): string {
  const [first] = path;
  if (path.length > 1) return removeCommand(stack, path);
  return `pulumi config set --secret ${String(first)} --stack ${stack}`;
}

function removeCommand(stack: string, path: Path): string {
  return `pulumi config rm --path ${quote(formatPath(path))} --stack ${stack}`;
}

function setCommand(stack: string, path: Path, example: string): string {
  return `pulumi config set --path ${quote(formatPath(path))} ${quote(example)} --stack ${stack}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function overlap(one: Path, other: Path): boolean {
  return one.every((segment, index) => index >= other.length || other[index] === segment);
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (found, segment) =>
      typeof found === "object" && found !== null && Object.hasOwn(found, segment)
        ? (found as Readonly<Record<string | number, unknown>>)[segment]
        : undefined,
    value,
  );
}
