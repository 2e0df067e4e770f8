import { getEventListeners } from "node:events";
import { ExitCode, UserError } from "../errors";
import { createProgress, type Progress } from "../progress";

/** What a command gets besides its arguments. */
export interface CommandContext {
  readonly progress: Progress;
  /** Aborts on SIGINT, SIGTERM, SIGHUP, and when the launcher that started this command is gone. */
  readonly signal: AbortSignal;
  /** Registers work to do before the process ends, however it ends short of SIGKILL; last registered, first run. */
  readonly onCleanup: (hook: () => void | Promise<void>) => void;
}

/** A command that returns nothing is {@link ExitCode.done}. */
export type CommandMain = (args: readonly string[], context: CommandContext) => Promise<ExitCode> | Promise<void>;

/** A message longer than this hides what matters (lines, the remedy included). */
const MAX_ERROR_LINES = 10;

/** How long an interrupted command may take to put things in order before it is ended (milliseconds). */
const INTERRUPT_GRACE = 5000;

/** The terminal, npm and the launcher each pass on one Ctrl-C: what follows within this time is the same one (milliseconds). */
const SAME_SIGNAL = 500;

/**
 * Runs a command to its end and exits with its code: the only place that ends the process.
 *
 * - A {@link UserError} is printed in at most ten lines, its remedy last, and gives its own exit code.
 * - Any other error is a defect of ours: one short message, with the stack only under `--debug`.
 * - The first signal aborts `context.signal` and gives the command a few seconds; a second one ends it at once. Both exit with
 *   {@link ExitCode.interrupted} after the cleanup hooks.
 */
export function runCommand(main: CommandMain): void {
  const debug = process.argv.includes("--debug");
  const args = process.argv.slice(2).filter((argument) => argument !== "--debug");
  const abort = new AbortController();
  const hooks: (() => void | Promise<void>)[] = [];
  let ending = false;

  const end = async (code: ExitCode): Promise<void> => {
    if (ending) return;
    ending = true;
    const timer = setTimeout(() => process.exit(code), INTERRUPT_GRACE);
    for (const hook of hooks.reverse()) {
      try {
        await hook();
      } catch (error) {
        print(describeError(error, debug).lines);
      }
    }
    clearTimeout(timer);
    process.exit(code);
  };

  const interrupt = interrupter(abort, (code) => void end(code));
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, interrupt);
  if (process.channel) {
    process.on("disconnect", interrupt);
    process.channel.unref();
  }
  process.on("uncaughtException", (error) => {
    print(describeError(error, debug).lines);
    void end(ExitCode.failed);
  });

  main(args, { progress: createProgress(), signal: abort.signal, onCleanup: (hook) => void hooks.push(hook) }).then(
    (code) => end(abort.signal.aborted ? ExitCode.interrupted : (code ?? ExitCode.done)),
    (error: unknown) => {
      if (abort.signal.aborted) {
        // What a command has to say about where it was interrupted, unless it just hands the signal's own reason on.
        if (error instanceof UserError && error !== abort.signal.reason) print(describeError(error, debug).lines);
        return end(ExitCode.interrupted);
      }
      const { lines, exitCode } = describeError(error, debug);
      print(lines);
      return end(exitCode);
    },
  );
}

function interrupter(abort: AbortController, end: (code: ExitCode) => void): () => void {
  let first: number | undefined;
  return () => {
    if (first !== undefined) {
      if (Date.now() - first > SAME_SIGNAL) process.exit(ExitCode.interrupted);
      return;
    }
    first = Date.now();
    const listened = getEventListeners(abort.signal, "abort").length > 0;
    process.stderr.write("Interrupted: putting things in order (once more to stop at once)\n");
    abort.abort(new UserError("Interrupted", "run the same command again: it resumes", ExitCode.interrupted));
    // A command that nobody told about the signal would not end by itself.
    setTimeout(end, listened ? INTERRUPT_GRACE : 0, ExitCode.interrupted);
  };
}

/** What is printed for `error`, and the code to exit with. */
export function describeError(error: unknown, debug: boolean): { lines: readonly string[]; exitCode: ExitCode } {
  if (error instanceof UserError) {
    const what = error.message.trimEnd().split("\n");
    const room = MAX_ERROR_LINES - 1;
    const shown =
      what.length <= room || debug
        ? what
        : [...what.slice(0, room - 1), `  ... and ${what.length - room + 1} more lines; all of them with --debug`];
    const stack = debug && error.cause instanceof Error ? [error.cause.stack ?? String(error.cause)] : [];
    return { lines: [...stack, ...prefixed("Error: ", shown), `To fix: ${error.remedy}`], exitCode: error.exitCode };
  }
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const lines = text.split("\n").slice(0, MAX_ERROR_LINES - 2);
  const stack = debug && error instanceof Error && error.stack !== undefined ? [error.stack] : [];
  return {
    lines: [
      ...stack,
      ...prefixed("This is a defect of ours, not of your input: ", lines),
      debug ? "To fix: report the lines above" : "To fix: run it again with --debug and report what it prints",
    ],
    exitCode: ExitCode.failed,
  };
}

function prefixed(prefix: string, lines: readonly string[]): string[] {
  return lines.map((line, index) => (index === 0 ? prefix + line : line));
}

function print(lines: readonly string[]): void {
  process.stderr.write(`${lines.join("\n")}\n`);
}
