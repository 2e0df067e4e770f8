import { crc32 } from "node:zlib";

import { isPlainList, isPlainProperties } from "../shared/values";
import type { Plain, PlainProperties } from "../shared/values";

interface Statement {
  readonly Sid?: string;
  readonly [field: string]: unknown;
}

/**
 * Renders `aws.iam.getPolicyDocument` to the JSON that IAM takes, as the official provider does: lists of one become
 * plain strings, others are sorted in reverse, `&{…}` becomes AWS's own `${…}`, and a statement replaces an earlier one
 * with the same `sid`.
 */
export function policyDocument(args: PlainProperties): { id: string; json: string; minifiedJson: string } {
  const statements = [
    ...list(args["sourcePolicyDocuments"]).flatMap(parsedStatements),
    ...list(args["statements"]).filter(isPlainProperties).map(renderStatement),
    ...list(args["overridePolicyDocuments"]).flatMap(parsedStatements),
  ];
  const document = {
    Version: text(args["version"]) || "2012-10-17",
    ...(text(args["policyId"]) === "" ? {} : { Id: text(args["policyId"]) }),
    Statement: overridden(statements),
  };
  const json = JSON.stringify(document, undefined, 2);
  return { id: String(crc32(json)), json, minifiedJson: JSON.stringify(document) };
}

function overridden(statements: readonly Statement[]): Statement[] {
  const result: Statement[] = [];
  for (const statement of statements) {
    const at = result.findIndex(({ Sid }) => Sid !== undefined && Sid === statement.Sid);
    if (at === -1) result.push(statement);
    else result[at] = statement;
  }
  return result;
}

function parsedStatements(document: Plain): Statement[] {
  const parsed: unknown = JSON.parse(text(document) || "{}");
  if (typeof parsed !== "object" || parsed === null || !("Statement" in parsed)) return [];
  const { Statement: found } = parsed;
  return (Array.isArray(found) ? found : [found]).filter(isStatement);
}

function isStatement(value: unknown): value is Statement {
  return typeof value === "object" && value !== null;
}

function renderStatement(statement: PlainProperties): Statement {
  const strings = (name: string) => collapse(list(statement[name]).map(text));
  const fields: Record<string, unknown> = {
    Sid: text(statement["sid"]) || undefined,
    Effect: text(statement["effect"]) || "Allow",
    Action: strings("actions"),
    NotAction: strings("notActions"),
    Resource: strings("resources"),
    NotResource: strings("notResources"),
    Principal: principals(statement["principals"]),
    NotPrincipal: principals(statement["notPrincipals"]),
    Condition: conditions(statement["conditions"]),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** `undefined` for none, a string for one, else the list in reverse order, which is the official provider's habit. */
function collapse(values: readonly string[]): string | string[] | undefined {
  const interpolated = values.map((value) => value.replaceAll("&{", "${"));
  return interpolated.length <= 1 ? interpolated[0] : interpolated.sort().reverse();
}

function principals(value: Plain | undefined): unknown {
  const byType = new Map<string, string[]>();
  for (const principal of list(value).filter(isPlainProperties)) {
    const type = text(principal["type"]);
    byType.set(type, [...(byType.get(type) ?? []), ...list(principal["identifiers"]).map(text)]);
  }
  if (byType.size === 0) return undefined;
  if (byType.size === 1 && byType.get("*")?.join() === "*") return "*";
  return Object.fromEntries([...byType].map(([type, identifiers]) => [type, collapse(identifiers)]));
}

function conditions(value: Plain | undefined): unknown {
  const byTest = new Map<string, Record<string, unknown>>();
  for (const condition of list(value).filter(isPlainProperties)) {
    const test = text(condition["test"]);
    const values = list(condition["values"]).map((item) => text(item).replaceAll("&{", "${"));
    byTest.set(test, {
      ...byTest.get(test),
      // Unlike the other lists, values keep their order.
      [text(condition["variable"])]: values.length === 1 ? values[0] : values,
    });
  }
  return byTest.size === 0 ? undefined : Object.fromEntries(byTest);
}

function list(value: Plain | undefined): readonly Plain[] {
  return isPlainList(value) ? value : [];
}

function text(value: Plain | undefined): string {
  return typeof value === "string" ? value : "";
}
