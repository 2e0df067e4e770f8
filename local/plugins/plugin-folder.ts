import {
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { isLauncherScript, launcherScript } from "./launcher-script";
import type { LauncherScript } from "./launcher-script";

/** Where the engine looks for one plugin at one version. */
export interface PluginPlace {
  /** `$PULUMI_HOME/plugins`. */
  readonly folder: string;
  /** `resource-NAME-vVERSION` or `language-NAME-vVERSION`. */
  readonly directory: string;
  readonly executable: string;
}

/** Whether the plugin in this place is a stand-in of ours. */
export function isStandIn({ folder, directory, executable }: PluginPlace): boolean {
  if (isLink(join(folder, directory))) return false;
  return isLauncherScript(head(join(folder, directory, executable)));
}

/** Makes the place hold the stand-in, if it does not yet. */
export function writeStandIn(place: PluginPlace, script: LauncherScript): void {
  const content = launcherScript(script);
  const directory = join(place.folder, place.directory);
  const executable = join(directory, place.executable);
  if (isStandIn(place)) {
    if (readFileSync(executable, "utf8") === content) return;
  } else {
    removePlugin(place);
  }
  mkdirSync(directory, { recursive: true });
  const unfinished = `${executable}.${process.pid}`;
  writeFileSync(unfinished, content, { mode: 0o755 });
  renameSync(unfinished, executable);
}

/** Makes the place lead to an official plugin elsewhere. */
export function linkPlugin(place: PluginPlace, target: string): void {
  const path = join(place.folder, place.directory);
  if (isLink(path) && readlinkSync(path) === target) return;
  removePlugin(place);
  mkdirSync(place.folder, { recursive: true });
  symlinkSync(target, path);
}

/** Empties the place; an official plugin that it only led to stays where it is. */
export function removePlugin({ folder, directory }: PluginPlace): void {
  rmSync(join(folder, directory), { recursive: true, force: true });
}

/** Removes stand-ins of other versions: the engine must not fall back to one of them. */
export function removeStaleStandIns(place: PluginPlace, prefix: string): void {
  for (const directory of list(place.folder)) {
    if (!directory.startsWith(prefix) || directory === place.directory) continue;
    const stale = { ...place, directory };
    if (isStandIn(stale)) removePlugin(stale);
  }
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

/** The beginning of a file: an official plugin is a binary of hundreds of megabytes. */
function head(path: string): string {
  const buffer = Buffer.alloc(256);
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    return buffer.toString("utf8", 0, readSync(file, buffer));
  } catch {
    return "";
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
