import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What runs in the servers' pods; lib.sh is what all share. */
export const serverScripts = ["lib.sh", "start-valkey.sh", "start-sentinel.sh", "health.sh", "hand-over.sh"] as const;

/** What runs in a snapshot's pod. */
export const snapshotScripts = ["lib.sh", "take-snapshot.sh", "keep-snapshot.sh"] as const;

type Script = (typeof serverScripts)[number] | (typeof snapshotScripts)[number];

/** Scripts by file name. */
export function scripts(names: readonly Script[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(__dirname, name), "utf8")]));
}
