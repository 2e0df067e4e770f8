import { ExitCode, UserError } from "../errors";
import type { EngineStack } from "./engine";
import { describeUrn, type RunDigest } from "./events";

/** What fits a screen beside the rest of the message (lines). */
const LINES_PER_ERROR = 4;
const ERRORS_SHOWN = 2;

/** The engine repeats each failed resource's error at the stack and closes with this sentence. */
const ECHO = /^(update failed|preview failed|destroy failed|update canceled|resource .* failed|1 error occurred:?)$/;

type Names = Pick<EngineStack, "name" | "configuredBy">;

/**
 * Turns what the engine reported into one error for a person: which resource, the reason, the next command.
 *
 * @param what what failed, as a whole sentence
 * @param command the command that tries again
 */
export function engineFailure(
  what: string,
  stack: Names,
  digest: RunDigest,
  raised: unknown,
  command: string,
): UserError {
  const own = reported(digest);
  const messages = own.length > 0 ? own.map(({ message }) => message) : [printed(raised)];
  for (const message of messages) {
    const found = configurationFailure(message, stack, command) ?? programFailure(message, command);
    if (found !== undefined) return new UserError(found.what, found.remedy, found.exitCode, { cause: raised });
  }
  const lines = own.length > 0 ? describeErrors(digest) : usefulLines(messages.join("\n"));
  return new UserError([what, ...lines].join("\n"), `put that right, then: ${command}`, ExitCode.failed, {
    cause: raised,
  });
}

/** The errors of a run, each with its resource, at most so many that they fit a screen. */
function describeErrors(digest: RunDigest): string[] {
  const errors = reported(digest);
  const lines = errors.slice(0, ERRORS_SHOWN).flatMap(({ urn, message }) => {
    const reason = usefulLines(message);
    return urn === undefined ? reason : [`${describeUrn(urn)}:`, ...reason.map((line) => `  ${line}`)];
  });
  const left = errors.length - ERRORS_SHOWN;
  return left > 0 ? [...lines, `and ${left} more`] : lines;
}

function reported(digest: RunDigest): RunDigest["errors"] {
  return digest.errors.filter((error) => !ECHO.test(error.message));
}

interface Failure {
  readonly what: string;
  readonly remedy: string;
  readonly exitCode: ExitCode;
}

/** The program refuses a configuration in words of its own, with a command for each fault; the engine refuses broken YAML. */
function configurationFailure(message: string, { name, configuredBy }: Names, command: string): Failure | undefined {
  const file = `Pulumi.${configuredBy}.yaml`;
  const yaml = /getting stack configuration: (?:invalid YAML file: )?(?:yaml: )?(.*)/.exec(message)?.[1];
  if (yaml !== undefined) {
    return {
      what: `${file} cannot be read: ${yaml}`,
      remedy: `correct it, then: ${command}`,
      exitCode: ExitCode.usage,
    };
  }
  const faults = /^Configuration of stack .* has \d+ faults?:$/m.exec(message);
  if (faults === null) return undefined;
  // A copy of a stack's configuration is put right where it was copied from.
  const text = message.slice(faults.index).replaceAll(`stack ${name}`, `stack ${configuredBy}`);
  return {
    what: text.trimEnd(),
    remedy: `correct ${file}, by hand or (after eval "$(npm run -s env)") with the commands above, then: ${command}`,
    exitCode: ExitCode.usage,
  };
}

/** Where our own code stands in a stack trace or in a compiler's message. */
const OWN_CODE = /\b((?:infra|components)\/[\w./-]+\.ts:\d+:\d+)/;

/** An exception that left the program, or a program that cannot be compiled. */
function programFailure(message: string, command: string): Failure | undefined {
  const [, text = message] = /failed with an unhandled exception:\n([^]*)/.exec(message) ?? [];
  const place = OWN_CODE.exec(text)?.[1];
  if (place === undefined) return undefined;
  // The compiler marks its message with a cross.
  const reason = (text.split("\n", 1)[0] ?? "").replace(/^Error:\s+[x×]\s+/, "SyntaxError: ");
  return {
    what: `The program failed at ${place}:\n  ${reason}`,
    remedy: `mend ${place.split(":")[0] ?? ""}, then: ${command}`,
    exitCode: ExitCode.failed,
  };
}

/** A reason without the frames and blank lines around it. */
function usefulLines(message: string): string[] {
  return message
    .split("\n")
    .map((line) => line.trimEnd().replace(/^\t\* /, ""))
    .filter(
      (line) =>
        line.trim() !== "" && !/^\s+at .+:\d+:\d+/.test(line) && !line.includes("node_modules") && !ECHO.test(line),
    )
    .slice(0, LINES_PER_ERROR);
}

/** What was printed, for failures that come before any event. */
function printed(raised: unknown): string {
  return raised instanceof Error ? raised.message : String(raised);
}
