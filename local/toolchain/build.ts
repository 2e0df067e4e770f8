import { mkdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { ExitCode, UserError } from "../errors";
import { type GoInstallation, findGo } from "./go";
import { goFailure } from "./go-failure";
import type { Toolchain } from "./options";
import { runGrouped } from "./run-grouped";
import { BUILD_FLAGS } from "./store";
import { type ToolName, minimumGo } from "./versions";

/** The processors that {@link ToolSpec.buildSeconds} was measured with, and how many more still help. */
const MEASURED_CORES = 2;
const USEFUL_CORES = 8;

/** How long a build is expected to take on this machine (seconds). */
export function expectedSeconds(toolchain: Toolchain, name: ToolName): number {
  const cores = Math.min(toolchain.cores ?? availableParallelism(), USEFUL_CORES);
  return (toolchain.table[name].buildSeconds * MEASURED_CORES) / cores;
}

/** A duration as a person says it. */
export function roughly(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  return `${Math.round(seconds / 60)} min`;
}

/**
 * The Go that builds `missing`.
 *
 * @throws UserError one message for all of them, when there is none or it is too old
 */
export async function requireGo(toolchain: Toolchain, missing: readonly string[]): Promise<GoInstallation> {
  const go = await findGo(toolchain.env);
  if (go?.recent === true) return go;
  const needed = `Go ${minimumGo.major}.${minimumGo.minor}`;
  const found = go === undefined ? "which is not installed" : `but ${go.path} is ${go.version}`;
  throw new UserError(
    `${missing.join(", ")}: not on PATH at that version, not in the tool cache, no checked download to be had here.\n` +
      `Building from source needs ${needed} or newer, ${found}.`,
    `install ${needed} or newer (https://go.dev/dl/), then run the same command again`,
    ExitCode.refused,
  );
}

/** Builds one tool from its pinned module as `folder/name`. */
export async function build(toolchain: Toolchain, name: ToolName, go: GoInstallation, folder: string): Promise<void> {
  const spec = toolchain.table[name];
  const logs = join(toolchain.cache, "logs");
  mkdirSync(logs, { recursive: true });
  const log = join(logs, `build-${name}.log`);
  const code = await runGrouped({
    command: go.path,
    arguments: ["build", ...BUILD_FLAGS, "-ldflags", spec.ldflags, "-o", join(folder, name), spec.goPackage],
    cwd: join(toolchain.modules, spec.goModule),
    env: go.env,
    log,
    signal: toolchain.signal,
  });
  if (code !== 0) throw goFailure(`Building ${name} ${spec.version}`, log);
}
