import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What runs in the servers' pods, by name; lib.sh is what the others share. */
const names = ["lib.sh", "start-valkey.sh", "start-sentinel.sh", "health.sh", "hand-over.sh"] as const;

/** The scripts' text, by file name. */
export function scripts(): Readonly<Record<(typeof names)[number], string>> {
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(__dirname, name), "utf8")])) as Record<
    (typeof names)[number],
    string
  >;
}
