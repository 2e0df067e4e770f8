import { spawn } from "node:child_process";
import type { ChildProcessByStdio, SpawnOptions } from "node:child_process";
import type { Readable, Writable } from "node:stream";

/** A child gets this long to end by itself after SIGINT, in milliseconds. */
const GRACE_MS = 5000;

/**
 * Waits on its standard input in a session of its own and kills the child's process group when that input ends without a
 * word, which happens exactly when this process dies, even by kill -9. Program code cannot be asked to do this itself:
 * it may be in an endless loop.
 */
const WATCHDOG = 'read -r _ || kill -s KILL -- "-$1"';

interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface GuardedChild {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles when the child has ended and its output is read to the end; rejects when it could not be started. */
  readonly exit: Promise<ChildExit>;
  /** SIGINT to the child's whole process group, SIGKILL after 5 s. */
  interrupt(): void;
  /** SIGKILL to the child's whole process group, at once. */
  kill(): void;
}

/** Starts a child in its own process group; the whole group dies with this process, whatever ends it. POSIX only. */
export function spawnGuarded(
  command: string,
  args: readonly string[],
  options: Pick<SpawnOptions, "cwd" | "env">,
): GuardedChild {
  const child = spawn(command, args, { ...options, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const watchdog = child.pid === undefined ? undefined : startWatchdog(child.pid);
  let ended = false;
  let forced: NodeJS.Timeout | undefined;
  const signal = (name: NodeJS.Signals) => {
    if (ended || child.pid === undefined) return;
    signalGroup(child.pid, name);
  };
  const exit = new Promise<ChildExit>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signalName) => {
      ended = true;
      clearTimeout(forced);
      watchdog?.stdin.end("done\n");
      resolve({ code, signal: signalName });
    });
  });
  return {
    stdout: child.stdout,
    stderr: child.stderr,
    exit,
    interrupt() {
      signal("SIGINT");
      forced ??= setTimeout(() => {
        signal("SIGKILL");
      }, GRACE_MS);
    },
    kill() {
      signal("SIGKILL");
    },
  };
}

function startWatchdog(group: number): ChildProcessByStdio<Writable, null, null> {
  const watchdog = spawn("/bin/sh", ["-c", WATCHDOG, "watchdog", String(group)], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  // Without a watchdog the child still ends by the ways that leave us time to end it.
  watchdog.on("error", () => undefined);
  watchdog.stdin.on("error", () => undefined);
  watchdog.unref();
  return watchdog;
}

function signalGroup(group: number, name: NodeJS.Signals): void {
  try {
    process.kill(-group, name);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
