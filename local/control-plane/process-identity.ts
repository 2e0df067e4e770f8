import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { isErrno } from "./files";

/**
 * A process that is recognised again: a pid alone may belong to someone else by now, also after a restart of the machine.
 */
export const processIdentity = z.object({
  pid: z.int().positive(),
  /** When the process started, in whatever form the platform tells it; compared, never read. */
  start: z.string().min(1),
});

export type ProcessIdentity = z.infer<typeof processIdentity>;

/** The identity of a running process; undefined when there is none, or when it is dead and only waits to be reaped. */
export function identify(pid: number): ProcessIdentity | undefined {
  const start = process.platform === "linux" ? startFromProc(pid) : startFromPs(pid);
  return start === undefined ? undefined : { pid, start };
}

export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.start === identity.start;
}

/** Sends a signal to exactly this process: nothing happens when it is gone, even if its pid is in use again. */
export function signal(identity: ProcessIdentity, name: NodeJS.Signals): void {
  if (!isAlive(identity)) return;
  try {
    process.kill(identity.pid, name);
  } catch (error) {
    if (!isErrno(error, "ESRCH")) throw error;
  }
}

function startFromProc(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT", "ESRCH")) return undefined;
    throw error;
  }
  // The command, in parentheses, may itself hold spaces and parentheses: what we need is behind the last one.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state] = fields;
  const ticks = fields[19];
  const threads = Number(fields[17]);
  // The first thread of a killed process can be dead while others still hold its ports.
  if (ticks === undefined || state === "X" || (state === "Z" && threads <= 1)) return undefined;
  // Ticks count from the boot, so that two boots can give the same number.
  return `${bootId()}:${ticks}`;
}

let boot: string | undefined;

function bootId(): string {
  return (boot ??= readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim());
}

function startFromPs(pid: number): string | undefined {
  try {
    const line = execFileSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], {
      encoding: "utf8",
      env: { ...process.env, LC_ALL: "C" },
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
    const [state = "", ...start] = line.split(/\s+/);
    return state === "" || state.startsWith("Z") ? undefined : start.join(" ");
  } catch {
    return undefined;
  }
}
