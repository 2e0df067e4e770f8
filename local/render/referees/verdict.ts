import { ExitCode, UserError } from "../../errors";
import type { Finding } from "./findings";
import { excuses, type Skip, skips } from "./skips";

/** What the referees said. */
export interface Judgement {
  readonly findings: readonly Finding[];
  /** Referees that could not run, each with why. */
  readonly absent: readonly UserError[];
}

/** What is left of it, and what was excused. */
export interface Verdict {
  readonly failed: readonly Finding[];
  readonly skipped: readonly { readonly skip: Skip; readonly findings: readonly Finding[] }[];
  /** Skips that excused nothing. */
  readonly stale: readonly Skip[];
  readonly absent: readonly UserError[];
}

/**
 * Takes out of findings what is skipped.
 *
 * @param complete whether all stacks were judged by all referees: only then is a skip that excuses nothing stale
 */
export function judge({ findings, absent }: Judgement, complete: boolean, all: readonly Skip[] = skips): Verdict {
  const sorted = all.map((skip) => ({ skip, findings: findings.filter((finding) => excuses(skip, finding)) }));
  return {
    failed: findings.filter((finding) => !all.some((skip) => excuses(skip, finding))),
    skipped: sorted.filter((entry) => entry.findings.length > 0),
    stale:
      complete && absent.length === 0
        ? sorted.filter((entry) => entry.findings.length === 0).map(({ skip }) => skip)
        : [],
    absent,
  };
}

/**
 * @param command how the command starts, for the last line of the error
 * @throws UserError unless every referee ran and nothing is left to mend
 */
export function refuseFindings({ failed, stale, absent }: Verdict, command: string): void {
  if (failed.length > 0 || stale.length > 0) {
    throw new UserError(
      `The referees are not content: ${failed.length} failed, ${stale.length} stale skips; see above.`,
      `mend the components, or put the skip with its reason into local/render/referees/skips.ts, then: ${command} --check`,
    );
  }
  const [missing] = absent;
  if (missing !== undefined) throw new UserError(missing.message, missing.remedy, ExitCode.refused);
}
