import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";
import { readFileSync, readdirSync, readlinkSync, statSync } from "node:fs";
import { isAbsolute, join, relative } from "node:path";

/** Never part of an image, and large. */
const LEFT_OUT = new Set([".git", "node_modules"]);

/**
 * The digest of what an image would be built from: the files of the context, the Dockerfile, and the other build inputs.
 * The same inputs give the same digest on every machine.
 *
 * @param context a folder; a remote context counts by its address
 * @throws Error when a local context does not exist
 */
export function buildDigest(context: string, dockerfile: string, otherInputs: unknown): string {
  const hash = createHash("sha256").update(JSON.stringify(otherInputs));
  if (/^(https?|git|ssh):/.test(context)) {
    hash.update(`remote\0${context}\0${dockerfile}`);
  } else {
    addFolder(hash, context, context);
    if (isAbsolute(dockerfile) || dockerfile.startsWith("..")) hash.update(readFileSync(dockerfile));
  }
  return `sha256:${hash.digest("hex")}`;
}

function addFolder(hash: Hash, root: string, folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    const name = relative(root, path);
    if (LEFT_OUT.has(entry.name)) continue;
    if (entry.isDirectory()) {
      addFolder(hash, root, path);
    } else if (entry.isSymbolicLink()) {
      hash.update(`link\0${name}\0${readlinkSync(path)}\0`);
    } else if (entry.isFile()) {
      hash
        .update(`file\0${name}\0${statSync(path).mode & 0o111}\0`)
        .update(readFileSync(path))
        .update("\0");
    }
  }
}
