import { fstatSync } from "node:fs";

/** How often the parent is looked at, in milliseconds. */
const PARENT_POLL_MS = 1000;

/**
 * Ends this process when the engine that started it is gone, however it went: kill -9 gives no one a chance to say
 * goodbye. The engine holds the writing end of our standard input, so its end is the first sign; a changed parent is the
 * second, for the case that another process inherited that pipe. SIGINT is how the engine itself asks a plugin to stop.
 *
 * @param cleanUp is called once, before the exit; it must not take long, the engine waits 5 s
 */
export function dieWithParent(cleanUp: () => void = () => undefined): void {
  let ending = false;
  const end = () => {
    if (ending) return;
    ending = true;
    cleanUp();
    process.exit(0);
  };

  // Run by hand, standard input is a terminal or nothing at all, and its end says nothing.
  const input = fstatSync(0);
  if (input.isFIFO() || input.isSocket()) {
    process.stdin.on("end", end).on("error", end).resume();
    process.stdin.unref();
  }
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) end();
  }, PARENT_POLL_MS).unref();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, end);
  // A reader that has gone is no reason to crash with a trace.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", end);
}
