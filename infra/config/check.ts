import type { Conflict, Path } from "../../components/core/errors";
import type { ParsedConfig } from "./schema";

/** A rule about values that are each fine in themselves. */
export type Check = (config: ParsedConfig) => readonly Conflict[];

/** One conflict about one value; `reads` are the other values that the rule looked at. */
export function conflict(
  at: Path,
  value: unknown,
  allowed: string,
  example: string,
  reads: readonly Path[] = [],
): Conflict {
  return { at, reads: [at, ...reads], value, allowed, example };
}
