import * as grpc from "@grpc/grpc-js";
import type { ProgramInfo } from "@pulumi/pulumi/proto/language_pb";

import { RpcError } from "../shared/serve";

/** `runtime.options` of Pulumi.yaml, as far as a Node program uses them. */
export interface NodeOptions {
  /** Runs TypeScript sources through ts-node. @default true */
  readonly typescript: boolean;
  /** tsconfig file, relative to the program's folder. @default `tsconfig.json` there */
  readonly tsconfig: string | undefined;
  /** Arguments for the node process, as they are typed in a shell. @default none */
  readonly nodeargs: readonly string[];
}

/**
 * Reads the runtime options of a project or policy pack.
 *
 * @throws RpcError naming the option whose type is wrong
 */
export function nodeOptions(info: ProgramInfo | undefined): NodeOptions {
  const raw = info?.getOptions()?.toJavaScript() ?? {};
  const typescript = raw["typescript"] ?? true;
  const tsconfig = raw["tsconfig"];
  const nodeargs = raw["nodeargs"] ?? "";
  if (typeof typescript !== "boolean") throw wrongType("typescript", "a boolean");
  if (tsconfig !== undefined && typeof tsconfig !== "string") throw wrongType("tsconfig", "a string");
  if (typeof nodeargs !== "string") throw wrongType("nodeargs", "a string");
  return { typescript, tsconfig, nodeargs: splitArguments(nodeargs) };
}

function wrongType(option: string, expected: string): RpcError {
  return new RpcError(
    grpc.status.INVALID_ARGUMENT,
    `runtime option ${option} must be ${expected}: correct runtime.options.${option} in Pulumi.yaml`,
  );
}

/** Splits at blanks outside of quotes, as a shell would. A backslash keeps the next character, but not in single quotes. */
export function splitArguments(line: string): string[] {
  const parts: string[] = [];
  let current: string | undefined;
  let quote = "";
  for (let i = 0; i < line.length; i++) {
    const char = line.charAt(i);
    if (quote !== "" && char === quote) {
      quote = "";
    } else if (char === "\\" && quote !== "'") {
      i++;
      current = (current ?? "") + line.charAt(i);
    } else if (quote === "" && (char === "'" || char === '"')) {
      quote = char;
      current ??= "";
    } else if (quote === "" && /\s/.test(char)) {
      if (current !== undefined) parts.push(current);
      current = undefined;
    } else {
      current = (current ?? "") + char;
    }
  }
  if (current !== undefined) parts.push(current);
  return parts;
}
