import { condition } from "../objects";
import { isObject, text, type Json, type JsonObject } from "../properties";
import { READY, waiting, type Judge, type Verdict } from "./verdict";

/** A step into a value: a key, an index, or the first element of a list with a field of a value, `[?(@.type=="Accepted")]`. */
type Step = string | number | { readonly key: string; readonly equals: string };

/** One thing to wait for, as the annotation `pulumi.com/waitFor` writes it. */
export type Expectation =
  | { readonly is: "condition"; readonly type: string; readonly status: string }
  | {
      readonly is: "path";
      readonly expression: string;
      readonly path: readonly Step[];
      readonly value: string | undefined;
    };

/**
 * Reads `pulumi.com/waitFor`: `condition=Ready`, `condition=Ready=False`, `jsonpath={.status.phase}=Running`,
 * `jsonpath={.status.address}` (exists), or a JSON array of them, which have to hold together. Lists may be searched:
 * `jsonpath={.status.parents[0].conditions[?(@.type=="Accepted")].status}=True`.
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
  const [, path, value] = /^jsonpath=\{?\.?((?:[^{}=]|==)+)\}?(?:=(.+))?$/.exec(expression) ?? [];
  if (path !== undefined) return { is: "path", expression: path, path: parseJsonPath(path), value };
  throw new Error(`pulumi.com/waitFor: expected a "jsonpath=" or "condition=" prefix, got "${expression}"`);
}

const STEP = /\[\?\(@\.(\w+) ?== ?["']([^"']+)["']\)\]|\[(\d+)\]|\['([^']+)'\]|((?:\\.|[^.[\]])+)/g;

function parseJsonPath(path: string): Step[] {
  return [...path.matchAll(STEP)].map(([, key, equals, index, quoted, name]) => {
    if (key !== undefined && equals !== undefined) return { key, equals };
    return index !== undefined ? Number(index) : (quoted ?? (name ?? "").replaceAll("\\.", "."));
  });
}

function valueAt(value: Json | undefined, path: readonly Step[]): Json | undefined {
  let here = value;
  for (const step of path) here = stepInto(here, step);
  return here;
}

function stepInto(here: Json | undefined, step: Step): Json | undefined {
  if (typeof step === "string") return isObject(here) ? here[step] : undefined;
  if (!Array.isArray(here)) return undefined;
  if (typeof step === "number") return here[step];
  return here.find((item) => isObject(item) && item[step.key] === step.equals);
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
