import type { Laboratory } from "./laboratory";
import type { Comparison } from "./statistics";

export interface Rounds {
  readonly runs: number;
  /** Shows what is measured now. */
  readonly show: (what: string) => void;
}

/** Things that are measured together, in rounds: each round measures all of them, one right after the other. */
export interface Suite {
  readonly title: string;
  /** What a round takes on two processors, and what comes before the first (seconds); for the announcement only. */
  readonly secondsPerRound: number;
  readonly secondsBefore: number;
  run(laboratory: Laboratory, rounds: Rounds): Promise<readonly Comparison[]>;
}

/** Runs a round as often as asked for, after each other, and stops between two of them when interrupted. */
export async function inRounds<T>(
  { context }: Laboratory,
  { runs, show }: Rounds,
  round: () => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  for (let number = 1; number <= runs; number++) {
    context.signal.throwIfAborted();
    show(`round ${number} of ${runs}`);
    results.push(await round());
  }
  return results;
}
