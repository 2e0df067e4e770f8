import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

const root = resolve(__dirname, "../..");

/** Whether goldens are to be rewritten instead of compared. */
const updating = process.env["UPDATE_GOLDEN"] === "1";

/** A committed file of expected content; none yet is an empty one. */
export function readGolden(path: string): string {
  const file = resolve(root, path);
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

/** Compares with a committed file, or rewrites it with UPDATE_GOLDEN=1. */
export function assertGolden(path: string, actual: string): void {
  if (updating) {
    const file = resolve(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, actual);
    return;
  }
  assert.equal(
    actual,
    readGolden(path),
    `${path} is out of date: run the tests once with UPDATE_GOLDEN=1 and review its diff`,
  );
}

export { updating };
