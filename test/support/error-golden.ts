import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../../local/state";
import type { Outcome } from "./checkout";

/** Longer than this, and the next command to run is off the screen (lines). */
const MOST_LINES = 10;

const folder = join(projectRoot, "test", "golden", "errors");

/** What a step says while it runs: how far it is, and how long it took. */
const PROGRESS =
  /^(Embedded cluster|(Deploying|Previewing|Destroying|Reading|Building|Looking for|Repairing) [^:]+)( \.\.\.|: .*)$/;

/** What differs from run to run and from machine to machine. */
const volatile: readonly (readonly [pattern: RegExp, steady: string])[] = [
  [/127\.0\.0\.1:\d+/g, "127.0.0.1:PORT"],
  [/Port \d+ /g, "Port PORT "],
  [/pid \d+ \(.*\)/g, "pid PID (COMMAND)"],
  [/pid \d+/g, "pid PID"],
  [/\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)/g, "TIME"],
  [/being changed by \S+ on \S+/g, "being changed by USER on HOST"],
  [/-[0-9a-f]{8,10}-[a-z0-9]{5}\b/g, "-POD"],
  [/after [\d.]+ s/g, "after N s"],
];

/**
 * What a failed command printed on standard error, without its progress and with the volatile parts made steady.
 *
 * @param places folders and what to call them
 */
function steadyError(stderr: string, places: Readonly<Record<string, string>>): string {
  let text = stderr
    .split("\n")
    .filter((line) => !PROGRESS.test(line))
    .join("\n");
  for (const [name, path] of Object.entries(places)) text = text.replaceAll(path, name);
  text = text.replaceAll(tmpdir(), "<tmp>");
  for (const [pattern, replacement] of volatile) text = text.replace(pattern, replacement);
  return text;
}

/** Holds a provoked error against its golden file, and against what holds for every error. `UPDATE_GOLDEN=1` writes it. */
export function assertError(
  name: string,
  outcome: Outcome,
  code: number,
  places: Readonly<Record<string, string>>,
): void {
  const { stderr } = outcome;
  const text = steadyError(stderr, places);
  assert.equal(outcome.code, code, stderr);
  const lines = text.trimEnd().split("\n");
  assert.ok(lines.length <= MOST_LINES, `${lines.length} lines:\n${text}`);
  assert.match(lines.at(-1) ?? "", /^To fix: \S/, text);
  assert.doesNotMatch(text, /node_modules|^\s+at .*:\d+:\d+/m, "no frames");
  const file = join(folder, `${name}.txt`);
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, text);
  assert.ok(existsSync(file), `${file} is missing: UPDATE_GOLDEN=1 writes it`);
  assert.equal(text, readFileSync(file, "utf8"), `${file} is stale: UPDATE_GOLDEN=1 writes it`);
}
