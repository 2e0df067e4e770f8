import { ExitCode, UserError } from "../errors";
import { EngineError } from "./engine";
import { describeUrn, type RunDigest } from "./events";

/** What fits a screen beside the summary: the rest is in the state folder's log (lines). */
const LINES_PER_ERROR = 4;
const ERRORS_SHOWN = 2;

/** The engine repeats each failed resource's error at the stack and closes with this sentence. */
const ECHO = /^(update failed|preview failed|resource .* failed|1 error occurred:?)$/;

/**
 * Turns what the engine reported into one error for a person: which resource, the reason, the next command.
 *
 * @param remedy the command that tries again or shows more
 */
export function engineFailure(what: string, digest: RunDigest, raised: unknown, remedy: string): UserError {
  const own = digest.errors.filter((error) => !ECHO.test(error.message));
  const shown = own.length > 0 ? own : [{ urn: undefined, message: printed(raised) }];
  const lines = shown.slice(0, ERRORS_SHOWN).flatMap(({ urn, message }) => {
    const reason = usefulLines(message).slice(0, LINES_PER_ERROR);
    return urn === undefined ? reason : [`${describeUrn(urn)}:`, ...reason.map((line) => `  ${line}`)];
  });
  const left = shown.length - ERRORS_SHOWN;
  if (left > 0) lines.push(`and ${left} more`);
  return new UserError([what, ...lines].join("\n"), remedy, ExitCode.failed, { cause: raised });
}

/** A reason without the frames and blank lines around it. */
function usefulLines(message: string): string[] {
  return message
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line.trim() !== "" && !/^\s+at /.test(line) && !line.includes("node_modules"));
}

/** What the engine printed, for failures that come before any event. */
function printed(raised: unknown): string {
  if (!(raised instanceof EngineError)) return raised instanceof Error ? raised.message : String(raised);
  const lines = raised.stderr.split("\n");
  const errors = lines.filter((line) => line.startsWith("error: "));
  return (errors.length > 0 ? errors : lines.slice(-LINES_PER_ERROR)).join("\n");
}
