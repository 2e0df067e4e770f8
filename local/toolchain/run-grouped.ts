import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";

export interface GroupedRun {
  readonly command: string;
  readonly arguments: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Gets standard output and standard error. */
  readonly log: string;
  readonly signal: AbortSignal | undefined;
}

/**
 * The leader of the process group. It ends the whole group when the other end of file descriptor 3 closes, which is when the
 * process that started it is gone, even by SIGKILL. (`kill -KILL -- -1` is no POSIX: dash refuses it.)
 */
const SUPERVISOR = `
(cat <&3; kill -s KILL -- -$$) >/dev/null 2>&1 &
watcher=$!
"$@" 3<&- &
wait $!
code=$?
kill -s KILL $watcher 2>/dev/null
exit $code
`;

/** How long a group may take to end by itself (milliseconds). */
const GRACE = 2000;

/**
 * Runs a command in a process group of its own, to its end. Whatever ends this process, nothing of the group stays behind.
 *
 * @returns the exit code, or undefined when a signal ended it
 * @throws the signal's reason when it aborts, after the group is gone
 */
export async function runGrouped(run: GroupedRun): Promise<number | undefined> {
  run.signal?.throwIfAborted();
  const log = openSync(run.log, "w");
  const child = spawn("/bin/sh", ["-c", SUPERVISOR, "sh", run.command, ...run.arguments], {
    cwd: run.cwd,
    env: run.env,
    detached: true,
    stdio: ["ignore", log, log, "pipe"],
  });
  closeSync(log);
  const end = (signal: NodeJS.Signals) => {
    endGroup(child.pid, signal);
  };
  const kill = () => {
    end("SIGKILL");
  };
  let forced: NodeJS.Timeout | undefined;
  const abort = () => {
    end("SIGTERM");
    forced = setTimeout(kill, GRACE);
  };
  process.on("exit", kill);
  run.signal?.addEventListener("abort", abort, { once: true });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("exit", resolve);
    });
    run.signal?.throwIfAborted();
    return code ?? undefined;
  } finally {
    clearTimeout(forced);
    kill();
    run.signal?.removeEventListener("abort", abort);
    process.removeListener("exit", kill);
    child.stdio[3]?.destroy();
  }
}

function endGroup(leader: number | undefined, signal: NodeJS.Signals): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, signal);
  } catch {
    // The group is gone already.
  }
}
