import { execFile } from "node:child_process";
import { readdir, readFile, readlink } from "node:fs/promises";
import { promisify } from "node:util";

/** A command line longer than this hides the rest of the message (characters). */
const COMMAND_LENGTH = 80;

const LISTEN = "0A";

/** Who listens on `port`, in words: `pid 42 (node server.js)`; `another process` where the platform does not tell. */
export async function describeHolder(port: number): Promise<string> {
  const found = process.platform === "linux" ? await holderFromProc(port) : await holderFromLsof(port);
  if (found === undefined) return "another process";
  const command =
    found.command.length > COMMAND_LENGTH ? `${found.command.slice(0, COMMAND_LENGTH - 3)}...` : found.command;
  return `pid ${found.pid} (${command})`;
}

interface Holder {
  readonly pid: number;
  readonly command: string;
}

async function holderFromProc(port: number): Promise<Holder | undefined> {
  const sockets = new Set<string>();
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    const text = await readFile(table, "utf8").catch(() => "");
    for (const socket of listeningSockets(text, port)) sockets.add(`socket:[${socket}]`);
  }
  if (sockets.size === 0) return undefined;
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    // Processes of others are closed to us, and processes end while we look.
    for (const descriptor of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => "");
      if (sockets.has(target)) return { pid: Number(pid), command: await commandOf(pid) };
    }
  }
  return undefined;
}

/** The inodes of the sockets in a `/proc/net/tcp` table that listen on `port`. */
export function listeningSockets(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return table
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(suffix) === true && fields[3] === LISTEN)
    .flatMap((fields) => fields[9] ?? []);
}

async function commandOf(pid: string): Promise<string> {
  const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return line.replaceAll("\0", " ").trim() || "command unknown";
}

async function holderFromLsof(port: number): Promise<Holder | undefined> {
  try {
    const { stdout } = await promisify(execFile)("lsof", ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"]);
    const pid = /^p(\d+)$/m.exec(stdout)?.[1];
    const command = /^c(.+)$/m.exec(stdout)?.[1];
    return pid === undefined ? undefined : { pid: Number(pid), command: command ?? "command unknown" };
  } catch {
    return undefined;
  }
}
