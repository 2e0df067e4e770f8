import { createRequire, getCompileCacheDir } from "node:module";
import { dirname, join } from "node:path";

import type { RunRequest } from "@pulumi/pulumi/proto/language_pb";
import { RunResponse } from "@pulumi/pulumi/proto/language_pb";

import type { GuardedChild } from "../shared/guarded-child";
import { spawnGuarded } from "../shared/guarded-child";
import { nodeOptions } from "./options";

/** cmd/run ends with this code when it has told the user already what is wrong (its index.js says so). */
const ALREADY_LOGGED = 32;

/** What V8 prints before it gives up for want of memory. */
const OUT_OF_MEMORY = "<--- Last few GCs --->";

/** A program that was started for a Run request. */
export interface RunningProgram {
  readonly child: GuardedChild;
  readonly response: Promise<RunResponse>;
}

/** Where a module of @pulumi/pulumi is for code in `folder`; undefined when it is not installed there. */
export function locateSdkModule(module: string, folder: string): string | undefined {
  try {
    return createRequire(join(folder, "noop.js")).resolve(module);
  } catch {
    return undefined;
  }
}

/** The command line of `@pulumi/pulumi/cmd/run`, as the official language host builds it. */
export function runArguments(request: RunRequest, engineAddress: string): string[] {
  const info = request.getInfo();
  const flags: readonly (readonly [string, string | undefined])[] = [
    ["monitor", request.getMonitorAddress()],
    ["engine", engineAddress],
    ["organization", request.getOrganization()],
    ["project", request.getProject()],
    ["root-directory", info?.getRootDirectory()],
    ["stack", request.getStack()],
    ["pwd", info?.getProgramDirectory()],
    ["parallel", String(request.getParallel())],
  ];
  return [
    ...flags.flatMap(([name, value]) => (value === undefined || value === "" ? [] : [`--${name}`, value])),
    ...(request.getDryrun() ? ["--dry-run"] : []),
    info?.getEntryPoint() ?? ".",
    ...request.getArgsList(),
  ];
}

/** The variables by which cmd/run learns what is too long or too secret for a command line. */
export function runEnvironment(request: RunRequest): Record<string, string> {
  const config: Record<string, string> = {};
  request.getConfigMap().forEach((value: string, key: string) => {
    // The SDK wants the old spelling of keys, `namespace:config:name`.
    const [namespace = "", ...rest] = key.split(":");
    config[`${namespace}:config:${rest.join(":").replace(/^config:/, "")}`] = value;
  });
  const options = nodeOptions(request.getInfo());
  return {
    PULUMI_CONFIG: JSON.stringify(config),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    ...(options.typescript ? { PULUMI_NODEJS_TYPESCRIPT: "true" } : {}),
    ...(options.tsconfig === undefined ? {} : { PULUMI_NODEJS_TSCONFIG_PATH: options.tsconfig }),
  };
}

/** Starts the user's program; undefined when @pulumi/pulumi is not installed for it. */
export function startProgram(request: RunRequest, engineAddress: string): RunningProgram | undefined {
  const folder = request.getInfo()?.getProgramDirectory() ?? request.getPwd();
  const run = locateSdkModule("@pulumi/pulumi/cmd/run", folder);
  if (run === undefined) return undefined;
  const child = spawnGuarded(
    process.execPath,
    [...nodeOptions(request.getInfo()).nodeargs, run, ...runArguments(request, engineAddress)],
    { env: { ...compileCache(), ...process.env, ...runEnvironment(request) } },
  );
  let outOfMemory = false;
  child.stdout.on("data", (chunk: Buffer) => process.stdout.write(chunk));
  child.stderr.on("data", (chunk: Buffer) => {
    outOfMemory ||= chunk.includes(OUT_OF_MEMORY);
    process.stderr.write(chunk);
  });
  return { child, response: child.exit.then((exit) => runResponse(exit, outOfMemory), couldNotStart) };
}

/** Compiled code of the SDK, TypeScript and the providers' packages is kept: it is a quarter of a small program's time. */
function compileCache(): Record<string, string> {
  const own = getCompileCacheDir();
  return own === undefined ? {} : { NODE_COMPILE_CACHE: dirname(own) };
}

function runResponse(
  exit: { readonly code: number | null; readonly signal: string | null },
  outOfMemory: boolean,
): RunResponse {
  if (exit.code === 0) return new RunResponse();
  if (exit.code === ALREADY_LOGGED) return new RunResponse().setBail(true);
  const how =
    exit.code === null
      ? `Program was ended by ${exit.signal ?? "an unknown signal"}`
      : `Program exited with non-zero exit code: ${exit.code}`;
  const hint = outOfMemory
    ? ". It ran out of memory: raise the limit with runtime.options.nodeargs: --max-old-space-size=<MB> in Pulumi.yaml"
    : "";
  return new RunResponse().setError(how + hint);
}

function couldNotStart(error: unknown): RunResponse {
  return new RunResponse().setError(
    `Problem executing program (could not start ${process.execPath}): ${error instanceof Error ? error.message : String(error)}`,
  );
}
