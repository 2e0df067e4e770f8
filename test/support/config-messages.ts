import assert from "node:assert/strict";

import { ValidationError } from "../../components/core/errors";
import { parseConfig } from "../../infra/config/parse";
import { configOf, type ConfigValues } from "./resources";

/** The stack staging, which has both colours and every rule of a real environment, with changes. */
function parseStaging(change: (config: ConfigValues) => void, encrypted: readonly string[] = []) {
  const values = configOf("staging");
  change(values);
  return parseConfig({ stack: "staging", values, encrypted: new Set(encrypted) });
}

/** Sets the value at a path with slashes; `undefined` takes it away. */
export function set(config: ConfigValues, path: string, value: unknown): void {
  const keys = path.split("/");
  const last = keys.pop() ?? "";
  const target = keys.reduce<Record<string, unknown>>(
    (object, key) => (object[key] ??= {}) as Record<string, unknown>,
    config,
  );
  if (value === undefined) Reflect.deleteProperty(target, last);
  else target[last] = value;
}

/** What a person is told about a configuration that is refused. */
export function messageOf(change: (config: ConfigValues) => void, encrypted: readonly string[] = []): string {
  try {
    parseStaging(change, encrypted);
  } catch (error) {
    assert.ok(error instanceof ValidationError, String(error));
    return error.message;
  }
  throw new Error("the configuration was accepted");
}
