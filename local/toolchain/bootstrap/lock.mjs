// Plain JavaScript without dependencies: the launcher needs it before anything is installed.
import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

const POLL_MILLISECONDS = 200;

/** Locks that this process holds; whatever ends it short of SIGKILL, they go with it. */
const held = new Set();
process.on("exit", () => {
  for (const path of held) rmSync(path, { force: true });
});

/**
 * When process `pid` started, in a form that only compares; undefined when it does not run. Tells a process from a later one
 * with the same number.
 */
export function processStart(pid) {
  try {
    if (process.platform === "linux") {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      // A zombie holds nothing any more.
      return fields[0] === "Z" ? undefined : fields[19];
    }
    const started = execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], {
      encoding: "utf8",
      env: { ...process.env, LC_ALL: "C" },
      stdio: ["ignore", "pipe", "ignore"],
    });
    return started.trim() === "" ? undefined : started.trim();
  } catch {
    return undefined;
  }
}

/**
 * Runs `work` while holding the lock file `path`. Waits for another holder as long as that one may be running, telling
 * `onWait` who it is; takes over from a holder that is provably gone (same machine, no such process).
 */
export async function withLock(path, purpose, work, { onWait = () => {}, signal } = {}) {
  await acquire(path, purpose, onWait, signal);
  held.add(path);
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
    held.delete(path);
  }
}

async function acquire(path, purpose, onWait, signal) {
  mkdirSync(dirname(path), { recursive: true });
  let told;
  for (;;) {
    signal?.throwIfAborted();
    if (create(path, purpose)) return;
    const holder = read(path);
    if (holder === undefined) continue;
    if (isGone(holder)) {
      takeAway(path, holder);
      continue;
    }
    if (told !== holder.text) {
      told = holder.text;
      onWait(`waiting for pid ${holder.pid} on ${holder.host} (${holder.purpose}, since ${holder.since})`);
    }
    await wait(POLL_MILLISECONDS, undefined, { signal });
  }
}

/** The file appears with its content or not at all: a reader never sees half of it. */
function create(path, purpose) {
  const own = `${path}.${process.pid}`;
  writeFileSync(
    own,
    JSON.stringify({
      pid: process.pid,
      start: processStart(process.pid),
      host: hostname(),
      purpose,
      since: new Date().toISOString(),
    }),
  );
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

function read(path) {
  try {
    const text = readFileSync(path, "utf8");
    return { ...JSON.parse(text), text };
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw new Error(`The lock ${path} is not readable: ${error.message}. Remove it if nothing of this project runs.`, {
      cause: error,
    });
  }
}

function isGone(holder) {
  return holder.host === hostname() && processStart(holder.pid) !== holder.start;
}

/** Of several that see the same dead holder only one may remove its file, or it could remove its successor's. */
function takeAway(path, dead) {
  const breaking = `${path}.breaking`;
  if (!create(breaking, "removing a stale lock")) {
    const other = read(breaking);
    if (other !== undefined && isGone(other)) rmSync(breaking, { force: true });
    return;
  }
  try {
    if (read(path)?.text === dead.text) unlinkSync(path);
  } finally {
    rmSync(breaking, { force: true });
  }
}
