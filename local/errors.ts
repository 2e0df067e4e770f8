/** What every command of this repository exits with. Documented in docs/operations.md; a table test holds the two together. */
export const ExitCode = {
  /** The work is done, or there was nothing to do. */
  done: 0,
  /** It failed; the message says why, and running it again after the remedy is safe. */
  failed: 1,
  /** The command line or the configuration is wrong; nothing was touched. */
  usage: 2,
  /** This machine or cluster cannot do it (missing tool, port taken, cluster unreachable); nothing was touched. */
  refused: 5,
  /** Interrupted by a signal; the same command resumes. */
  interrupted: 6,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/**
 * An error meant for a person: what went wrong, where, and what to do next. It is printed without a stack trace.
 * Anything else that reaches the top of a command is a defect of ours and is printed as such.
 */
export class UserError extends Error {
  /** The command to run or the change to make next; printed as the last line. */
  readonly remedy: string;
  readonly exitCode: ExitCode;

  constructor(what: string, remedy: string, exitCode: ExitCode = ExitCode.failed, options?: ErrorOptions) {
    super(what, options);
    this.name = "UserError";
    this.remedy = remedy;
    this.exitCode = exitCode;
  }
}
