import { readFileSync, rmSync } from "node:fs";
import type { OpMap } from "@pulumi/pulumi/automation";
import type { EngineStack, Operation } from "../../local/engine/engine";
import { createEventFollower, type RunDigest } from "../../local/engine/events";
import { engineFailure } from "../../local/engine/failure";
import type { Laboratory } from "./laboratory";
import type { Sample } from "./statistics";

interface EngineRun {
  /** The whole command, as a user waits for it. */
  readonly whole: Sample;
  /** The process of the stack's program alone; undefined where the operation does not run the program. */
  readonly program: Sample | undefined;
  readonly changes: Readonly<OpMap>;
}

/** Seconds that some work takes. */
export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

/**
 * Runs one operation of the engine and measures it.
 *
 * @throws UserError when it fails: a failure is fast, and no figure
 */
export async function measureOperation(
  { record, context }: Laboratory,
  stack: EngineStack,
  operation: Operation,
): Promise<EngineRun> {
  rmSync(record, { force: true });
  const follower = createEventFollower({ update: () => undefined }, () => undefined);
  const onEvent = follower.onEvent.bind(follower);
  const seconds = await secondsOf(() =>
    stack.run(operation, { onEvent, signal: context.signal }).catch((raised: unknown) => {
      context.signal.throwIfAborted();
      throw failure(stack, operation, follower.digest(), raised);
    }),
  );
  const program = readRecord(record);
  return {
    whole: { seconds, ...(program?.megabytes === undefined ? {} : { megabytes: program.megabytes }) },
    program,
    changes: follower.digest().changes,
  };
}

function failure(stack: EngineStack, operation: Operation, digest: RunDigest, raised: unknown): Error {
  return engineFailure(
    `pulumi ${operation} of the stack ${stack.name} failed.`,
    stack,
    digest,
    raised,
    "npm run bench",
  );
}

/** What the recorder left of the last program. */
function readRecord(file: string): Sample | undefined {
  let lines: string[];
  try {
    lines = readFileSync(file, "utf8").trim().split("\n");
  } catch {
    return undefined;
  }
  const { milliseconds, kilobytes } = JSON.parse(lines.at(-1) ?? "") as { milliseconds: number; kilobytes: number };
  return { seconds: milliseconds / 1000, megabytes: (kilobytes * 1024) / 1e6 };
}
