import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, rmdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { ExitCode, UserError } from "../errors";

/** Lists the files that we wrote into a folder, so that the next render knows them for ours. Hidden, and without an ending that kubectl reads. */
const INDEX = ".rendered";

/**
 * @throws UserError when the folder is none, or holds files that no render has written
 */
export function requireOwnFolder(folder: string): void {
  if (!existsSync(folder)) return;
  const remedy = "name another folder with --out, or empty this one yourself";
  if (!lstatSync(folder).isDirectory()) {
    throw new UserError(`${folder} is not a folder; nothing was written`, remedy, ExitCode.refused);
  }
  const own = new Set(readIndex(folder));
  const foreign = filesIn(folder).filter((file) => file !== INDEX && !own.has(file));
  const [first] = foreign;
  if (first === undefined) return;
  const others = foreign.length === 1 ? "" : ` and ${foreign.length - 1} more`;
  throw new UserError(
    `${folder} holds files that no render has written: ${first}${others}; nothing was written`,
    remedy,
    ExitCode.refused,
  );
}

/**
 * Makes the folder hold just these files, by their paths relative to it.
 *
 * @throws UserError see {@link requireOwnFolder}
 */
export function writeFolder(folder: string, files: ReadonlyMap<string, string>): void {
  requireOwnFolder(folder);
  mkdirSync(folder, { recursive: true });
  const stale = readIndex(folder).filter((file) => !files.has(file));
  // Before the files: what an interrupted run leaves is ours all the same.
  writeIndex(folder, [...stale, ...files.keys()]);
  for (const file of stale) rmSync(join(folder, file), { force: true });
  for (const [file, text] of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  for (const parent of new Set(stale.map((file) => dirname(join(folder, file))))) {
    if (existsSync(parent) && parent !== folder && readdirSync(parent).length === 0) rmdirSync(parent);
  }
  writeIndex(folder, [...files.keys()]);
}

function writeIndex(folder: string, files: readonly string[]): void {
  writeFileSync(join(folder, INDEX), `${[...files].sort().join("\n")}\n`);
}

function readIndex(folder: string): readonly string[] {
  const path = join(folder, INDEX);
  if (!existsSync(path)) return [];
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((file) => file !== "" && !file.split("/").includes(".."));
}

/** Every file and link below a folder, with `/` between folders on every system. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"));
}
