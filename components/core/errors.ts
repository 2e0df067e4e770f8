import { RunError } from "@pulumi/pulumi";

/** Where a value stands: the keys and array indexes that lead to it. */
export type Path = readonly (string | number)[];

/** One thing wrong with a value that a person gave us. */
export interface Fault {
  readonly path: Path;
  /** What is the matter with it, to be read after its path: `is 2`, `is missing`. Never holds a secret. */
  readonly problem: string;
  /** The values that would be accepted. */
  readonly allowed: string;
  /** The command or change that puts it right. */
  readonly remedy: string;
}

/**
 * Two or more values that are each fine but do not fit together, as found by a pure rule that knows nothing of where the
 * values came from. `at` and `reads` are relative to the object that the rule was given.
 */
export interface Conflict {
  /** The value to change. */
  readonly at: Path;
  /** Every value that the rule looked at: where one of them is faulty in itself, the conflict says nothing new. */
  readonly reads: readonly Path[];
  readonly value: unknown;
  readonly allowed: string;
  /** A value that would be accepted. */
  readonly example: string;
  /** The way out is to take the value away, and not to set another. @default false */
  readonly remove?: boolean;
}

/** Renders a path the way `pulumi config set --path` takes it. */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, segment) => {
    if (typeof segment === "number") return `${text}[${segment}]`;
    if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(segment)) return `${text}[${JSON.stringify(segment)}]`;
    return text === "" ? segment : `${text}.${segment}`;
  }, "");
}

const SHOWN = 80;

/** Renders a value for a message: on one line, and short even where the value is not. */
export function formatValue(value: unknown): string {
  const text = (JSON.stringify(value) as string | undefined) ?? typeof value;
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}… (${text.length} characters)`;
}

/**
 * Everything that is wrong with one input, in one message: nobody should have to run a program once per mistake.
 * A `RunError`, so that the engine prints the message alone, without a stack trace.
 */
export class ValidationError extends RunError {
  readonly faults: readonly Fault[];

  /** @param subject what was judged, for instance `Configuration of stack local`. */
  constructor(subject: string, faults: readonly Fault[]) {
    const count = faults.length === 1 ? "1 fault" : `${faults.length} faults`;
    const lines = faults.map(
      ({ path, problem, allowed, remedy }) => `  ${formatPath(path)} ${problem}; allowed: ${allowed}\n    ${remedy}`,
    );
    super([`${subject} has ${count}:`, ...lines].join("\n"));
    this.name = "ValidationError";
    this.faults = faults;
  }
}

/** Refuses arguments of a component whose values do not fit together. Called before any resource is made. */
export function refuseConflicts(component: string, conflicts: readonly Conflict[]): void {
  if (conflicts.length === 0) return;
  throw new ValidationError(
    component,
    conflicts.map(({ at, value, allowed, example }) => ({
      path: at,
      problem: `is ${formatValue(value)}`,
      allowed,
      remedy: `set it to ${example}`,
    })),
  );
}
