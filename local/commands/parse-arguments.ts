import { CommanderError, type Command } from "commander";
import { ExitCode, UserError } from "../errors";

/**
 * Parses a command line. A wrong one is a {@link UserError} that says how to see the right ones.
 *
 * @returns undefined when help was asked for: it is printed, and there is nothing else to do
 */
export function parseArguments(program: Command, args: readonly string[]): object | undefined {
  program.exitOverride().configureOutput({ writeErr: () => undefined });
  try {
    program.parse(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    throw new UserError(error.message.replace(/^error: /, ""), `${program.name()} --help`, ExitCode.usage);
  }
  return program.opts();
}
