import { join } from "node:path";
import { projectRoot, toolCache } from "../state";
import { type ToolName, type ToolSpec, tools } from "./versions";

/** Where the toolchain looks and writes. */
export interface ToolchainOptions {
  /** @default the process's own environment */
  readonly env?: NodeJS.ProcessEnv;
  /** Ends waiting, downloads and builds. */
  readonly signal?: AbortSignal;
  /** @default the pinned tools of versions.ts */
  readonly table?: Readonly<Record<ToolName, ToolSpec>>;
  /** Folder with the pinned Go modules. @default local/tools */
  readonly modules?: string;
  /** Processors, for the time that a build is expected to take. @default those of this machine */
  readonly cores?: number;
}

/** {@link ToolchainOptions} with every default filled in. */
export interface Toolchain {
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal | undefined;
  readonly table: Readonly<Record<ToolName, ToolSpec>>;
  readonly modules: string;
  readonly cores: number | undefined;
  readonly cache: string;
}

export function toolchainOf(options: ToolchainOptions): Toolchain {
  const env = options.env ?? process.env;
  return {
    env,
    signal: options.signal,
    table: options.table ?? tools,
    modules: options.modules ?? join(projectRoot, "local", "tools"),
    cores: options.cores,
    cache: toolCache(env),
  };
}
