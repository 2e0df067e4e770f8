// Everything the launcher says about itself goes to standard error: standard output belongs to the command.
import { clearInterval, setInterval } from "node:timers";

/** What the launcher exits with; the same numbers as in local/errors.ts. */
export const ExitCode = { failed: 1, usage: 2, refused: 5, interrupted: 6 };

/** An error for a person: what is wrong, and what to do about it. */
export class LaunchError extends Error {
  constructor(what, remedy, exitCode = ExitCode.failed) {
    super(what);
    this.remedy = remedy;
    this.exitCode = exitCode;
  }
}

export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** Without a sign of life for this long, a person thinks that it hangs (milliseconds). */
const HEARTBEAT = 10_000;

/** Says that `title` has begun, that it still runs, and how long it took; nothing that needs a terminal. */
export async function timed(title, work) {
  const started = Date.now();
  const elapsed = () => `${((Date.now() - started) / 1000).toFixed(1)} s`;
  say(`${title} ...`);
  const heartbeat = setInterval(() => {
    say(`${title}: still running after ${elapsed()}`);
  }, HEARTBEAT);
  try {
    const result = await work((detail) => {
      say(`${title}: ${detail}`);
    });
    say(`${title}: done in ${elapsed()}`);
    return result;
  } finally {
    clearInterval(heartbeat);
  }
}
