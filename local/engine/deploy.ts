import type { EngineEvent } from "@pulumi/pulumi/automation";
import { ExitCode, UserError } from "../errors";
import type { Progress, Step } from "../progress";
import type { EngineStack, Operation } from "./engine";
import { createEventFollower, describeChanges, type RunDigest } from "./events";
import { engineFailure } from "./failure";

export interface OperationOptions {
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** The command that tries again, for the last line of an error. */
  readonly remedy: string;
  /** Takes each event as the engine reports it. @default none: the digest is enough */
  readonly onEvent?: (event: EngineEvent) => void;
}

/** Runs one engine operation with progress; a failure names the resource and the reason. */
export async function runOperation(
  stack: EngineStack,
  operation: Operation,
  options: OperationOptions,
): Promise<RunDigest> {
  const title = titles[operation](stack.configuredBy);
  const digest = await options.progress.step(title, (step) => follow(stack, operation, title, step, options));
  options.progress.note(`${title}: ${describeChanges(digest.changes, operation === "preview")}`);
  return digest;
}

/**
 * Runs one engine operation as a part of a longer step.
 *
 * @param title what is being done, for the first line of an error
 */
export async function follow(
  stack: EngineStack,
  operation: Operation,
  title: string,
  step: Step,
  { progress, signal, remedy, onEvent }: OperationOptions,
): Promise<RunDigest> {
  const follower = createEventFollower(step, (text) => {
    progress.note(text);
  });
  try {
    await stack.run(operation, {
      onEvent: (event) => {
        follower.onEvent(event);
        onEvent?.(event);
      },
      signal,
    });
  } catch (raised) {
    if (signal.aborted) {
      throw new UserError(
        // What held it up is on the screen already: whether the engine says it once more is a matter of luck.
        `${title} was interrupted; what was done so far is in the state.`,
        `run it again, it goes on from there: ${remedy}`,
        ExitCode.interrupted,
      );
    }
    throw engineFailure(`${title} failed.`, stack, follower.digest(), raised, remedy);
  }
  return follower.digest();
}

const titles: Readonly<Record<Operation, (stack: string) => string>> = {
  up: (stack) => `Deploying the stack ${stack}`,
  preview: (stack) => `Previewing the stack ${stack}`,
  destroy: (stack) => `Destroying the stack ${stack}`,
  refresh: (stack) => `Reading the stack ${stack} from the cluster`,
};
