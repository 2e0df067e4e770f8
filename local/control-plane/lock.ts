import { linkSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import { isErrno, makePrivateFolder, readJson, temporaryName, writeAtomically } from "./files";
import { identify, isAlive, processIdentity } from "./process-identity";

const ticket = processIdentity.extend({
  /** What the holder does, for the one who waits. */
  purpose: z.string(),
  released: z.boolean(),
});

type Ticket = z.infer<typeof ticket>;

export interface LockHolder {
  readonly pid: number;
  readonly purpose: string;
}

/** How often a waiter looks (milliseconds). */
const POLL = 50;

/**
 * Runs `work` while holding the lock in `folder`. Others wait their turn; the lock of a process that died is taken over.
 *
 * The lock is the ticket with the highest number. Taking it means creating the next number, which the file system grants to
 * one process only; a ticket is never deleted while it is the highest. So a stale lock cannot be taken over twice, which it
 * can where taking over means deleting a file.
 *
 * @param purpose shown to those who wait
 * @param waiting called once for each holder that has to be waited for
 */
export async function withLock<T>(
  folder: string,
  purpose: string,
  waiting: (holder: LockHolder) => void,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const release = await acquire(folder, purpose, waiting, signal);
  try {
    return await work();
  } finally {
    release();
  }
}

async function acquire(
  folder: string,
  purpose: string,
  waiting: (holder: LockHolder) => void,
  signal: AbortSignal | undefined,
): Promise<() => void> {
  const self = identify(process.pid);
  if (self === undefined) throw new Error("this process does not find itself in the process table");
  const mine: Ticket = { ...self, purpose, released: false };
  let seen: number | undefined;
  for (;;) {
    signal?.throwIfAborted();
    makePrivateFolder(folder);
    const highest = highestTicket(folder);
    const holder = highest === undefined ? undefined : holderOf(folder, highest);
    if (holder === undefined) {
      const number = (highest ?? 0) + 1;
      if (take(folder, number, mine)) {
        for (const old of ticketNumbers(folder)) if (old < number) rmSync(join(folder, String(old)), { force: true });
        return () => {
          release(folder, number, mine);
        };
      }
      continue;
    }
    if (seen !== highest) waiting(holder);
    seen = highest;
    await wait(POLL, undefined, signal === undefined ? {} : { signal });
  }
}

/** Who holds the lock in `folder` now. */
export function lockHolder(folder: string): LockHolder | undefined {
  const highest = highestTicket(folder);
  return highest === undefined ? undefined : holderOf(folder, highest);
}

function ticketNumbers(folder: string): number[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  }
}

function highestTicket(folder: string): number | undefined {
  const numbers = ticketNumbers(folder);
  return numbers.length === 0 ? undefined : Math.max(...numbers);
}

function holderOf(folder: string, number: number): LockHolder | undefined {
  const parsed = ticket.safeParse(readJson(join(folder, String(number))));
  return parsed.success && !parsed.data.released && isAlive(parsed.data) ? parsed.data : undefined;
}

/** A link appears with its whole content at once, and fails when the name is taken. */
function take(folder: string, number: number, mine: Ticket): boolean {
  const path = join(folder, String(number));
  const temporary = temporaryName(path);
  try {
    writeFileSync(temporary, JSON.stringify(mine), { mode: 0o600 });
    linkSync(temporary, path);
    return true;
  } catch (error) {
    // ENOENT: the whole folder went away under us with a reset.
    if (isErrno(error, "EEXIST", "ENOENT")) return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

function release(folder: string, number: number, mine: Ticket): void {
  // After a reset there is nothing left to release, and no folder may appear again.
  if (!ticketNumbers(folder).includes(number)) return;
  writeAtomically(join(folder, String(number)), JSON.stringify({ ...mine, released: true }));
}
