import { condition } from "../objects";
import { isObject, text, type Json, type JsonObject } from "../properties";
import { READY, waiting, type Judge, type Verdict } from "./verdict";

/** One thing to wait for, as the annotation `pulumi.com/waitFor` writes it. */
export type Expectation =
  | { readonly is: "condition"; readonly type: string; readonly status: string }
  | {
      readonly is: "path";
      readonly expression: string;
      readonly path: readonly (string | number)[];
      readonly value: string | undefined;
    };

/**
 * Reads `pulumi.com/waitFor`: `condition=Ready`, `condition=Ready=False`, `jsonpath={.status.phase}=Running`,
 * `jsonpath={.status.address}` (exists), or a JSON array of them, which have to hold together.
 *
 * @throws Error when it is neither
 */
export function parseWaitFor(annotation: string): Expectation[] {
  let items: Json;
  try {
    items = JSON.parse(annotation) as Json;
  } catch {
    items = annotation;
  }
  const expressions = Array.isArray(items) ? items.map(String) : [annotation];
  if (expressions.length === 0) throw new Error("pulumi.com/waitFor: at least one condition must be specified");
  return expressions.map(parseExpectation);
}

function parseExpectation(expression: string): Expectation {
  const [, type, status] = /^condition=([^=]+)(?:=(.+))?$/.exec(expression) ?? [];
  if (type !== undefined) return { is: "condition", type, status: status ?? "True" };
  const [, path, value] = /^jsonpath=\{?\.?([^{}=]+)\}?(?:=(.+))?$/.exec(expression) ?? [];
  if (path !== undefined) return { is: "path", expression: path, path: parseJsonPath(path), value };
  throw new Error(`pulumi.com/waitFor: expected a "jsonpath=" or "condition=" prefix, got "${expression}"`);
}

function parseJsonPath(path: string): (string | number)[] {
  return [...path.matchAll(/\[(\d+)\]|\['([^']+)'\]|((?:\\.|[^.[\]])+)/g)].map(([, index, quoted, name]) =>
    index !== undefined ? Number(index) : (quoted ?? (name ?? "").replaceAll("\\.", ".")),
  );
}

function valueAt(value: Json | undefined, path: readonly (string | number)[]): Json | undefined {
  let here = value;
  for (const part of path) {
    if (Array.isArray(here) && typeof part === "number") here = here[part];
    else if (isObject(here) && typeof part === "string") here = here[part];
    else return undefined;
  }
  return here;
}

export function expectationVerdict(item: JsonObject, expectation: Expectation): Verdict {
  if (expectation.is === "condition") {
    const found = condition(item, expectation.type);
    if (text(found, "status")?.toLowerCase() === expectation.status.toLowerCase()) return READY;
    const why = text(found, "message") ?? text(found, "reason");
    const wanted = `condition ${expectation.type}=${expectation.status}`;
    if (found === undefined) return waiting(`${wanted} is not there yet`);
    return waiting(`${wanted} is ${text(found, "status") ?? "Unknown"}${why === undefined ? "" : `: ${why}`}`);
  }
  const found = valueAt(item, expectation.path);
  const shown = found === undefined ? "not set" : typeof found === "string" ? found : JSON.stringify(found);
  if (expectation.value === undefined ? found !== undefined : shown === expectation.value) return READY;
  return waiting(`.${expectation.expression} is ${shown}, expected ${expectation.value ?? "a value"}`);
}

export function customJudge(annotation: string): Judge {
  const expectations = parseWaitFor(annotation);
  return {
    judge(item) {
      const open = expectations.map((one) => expectationVerdict(item, one)).find((one) => one.state !== "ready");
      return open ?? READY;
    },
  };
}
