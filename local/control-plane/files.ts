import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** How the names of files begin that are not finished: a kill may leave one behind. */
export const temporaryPrefix = ".new-";

let written = 0;

/**
 * Writes `path` so that a reader, or the next start after a kill, sees the old content or the new one, never a half.
 *
 * @param mode permissions of the file; keys and kubeconfigs are for their owner only
 */
export function writeAtomically(path: string, content: string, mode = 0o600): void {
  makePrivateFolder(dirname(path));
  const temporary = temporaryName(path);
  try {
    writeFileSync(temporary, content, { mode, flush: true });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** A name beside `path` that no other process and no other call uses. */
export function temporaryName(path: string): string {
  return join(dirname(path), `${temporaryPrefix}${process.pid}-${++written}`);
}

/** Everything under the state folder is for its owner only: it holds the cluster's keys. */
export function makePrivateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
}

/** The text of a file, or undefined when there is none. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}

/** The content of a JSON file; undefined when there is none or when it is not JSON (cut off by a full disk, say). */
export function readJson(path: string): unknown {
  const text = readIfThere(path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isErrno(error: unknown, ...codes: readonly string[]): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error && typeof error.code === "string" && codes.includes(error.code);
}
