import { createHash } from "node:crypto";
import {
  chmodSync,
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Toolchain } from "./options";
import type { ToolName } from "./versions";

/** The flags that every build of a tool has; others would not find Go's build cache warm. */
export const BUILD_FLAGS = ["-mod=readonly", "-trimpath", "-buildvcs=false"] as const;

/** What is known of a stored tool. Size and time are compared on each use; the checksum when they differ. */
interface ToolRecord {
  readonly sha256: string;
  readonly size: number;
  readonly modified: number;
}

const RECORD = "record.json";

/** The folder of one tool in the cache: another version, platform, flag or module file is another folder. */
export function entryFolder(toolchain: Toolchain, name: ToolName): string {
  const spec = toolchain.table[name];
  const hash = createHash("sha256");
  for (const part of [BUILD_FLAGS.join(" "), spec.goPackage, spec.ldflags]) hash.update(`${part}\0`);
  for (const file of ["go.mod", "go.sum"]) hash.update(readFileSync(join(toolchain.modules, spec.goModule, file)));
  const key = `${spec.version}-${process.platform}-${process.arch}-${hash.digest("hex").slice(0, 16)}`;
  return join(toolchain.cache, "tools", name, key);
}

/**
 * The stored tool, if it is whole: a file whose size or time changed is hashed again, and thrown away when it is not the one
 * that was stored.
 */
export async function storedTool(toolchain: Toolchain, name: ToolName): Promise<string | undefined> {
  const folder = entryFolder(toolchain, name);
  const path = join(folder, name);
  const record = readRecord(folder);
  if (record === undefined || !existsSync(path)) return undefined;
  const { size, mtimeMs } = statSync(path);
  if (size === record.size && mtimeMs === record.modified) return path;
  if ((await sha256(path)) === record.sha256) {
    writeRecord(folder, { ...record, size, modified: mtimeMs });
    return path;
  }
  rmSync(folder, { recursive: true, force: true });
  return undefined;
}

/**
 * An empty folder beside `folder`, on the same file system, to be renamed to it when it is finished. What killed runs left
 * there is removed, so the lock of `folder` is needed.
 */
export function temporaryFolder(folder: string): string {
  const parent = dirname(folder);
  mkdirSync(parent, { recursive: true });
  const prefix = `${folder}.new-`;
  for (const leftover of readdirSync(parent).map((entry) => join(parent, entry))) {
    if (leftover.startsWith(prefix)) rmSync(leftover, { recursive: true, force: true });
  }
  return mkdtempSync(prefix);
}

/** Puts a finished folder in its place, all at once. Needs the tool's lock. */
export async function store(toolchain: Toolchain, name: ToolName, finished: string): Promise<string> {
  const folder = entryFolder(toolchain, name);
  const path = join(finished, name);
  chmodSync(path, 0o755);
  const { size, mtimeMs } = statSync(path);
  writeRecord(finished, { sha256: await sha256(path), size, modified: mtimeMs });
  rmSync(folder, { recursive: true, force: true });
  chmodSync(finished, 0o755);
  renameSync(finished, folder);
  return join(folder, name);
}

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

function readRecord(folder: string): ToolRecord | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, RECORD), "utf8")) as ToolRecord;
  } catch {
    return undefined;
  }
}

function writeRecord(folder: string, record: ToolRecord): void {
  writeFileSync(join(folder, RECORD), `${JSON.stringify(record)}\n`);
}
