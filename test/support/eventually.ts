import { setTimeout as wait } from "node:timers/promises";

const POLL_MILLISECONDS = 25;

/** Waits until `predicate` holds. */
export async function eventually(
  predicate: () => boolean | Promise<boolean>,
  { timeoutSeconds = 10 }: { timeoutSeconds?: number } = {},
): Promise<void> {
  const end = Date.now() + timeoutSeconds * 1000;
  while (!(await predicate())) {
    if (Date.now() > end) throw new Error(`It did not become true within ${timeoutSeconds} s: ${predicate.toString()}`);
    await wait(POLL_MILLISECONDS);
  }
}
