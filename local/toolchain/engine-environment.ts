import { mkdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { StateFolder } from "../state";
import type { ResolvedTool } from "./resolve";
import type { ToolName } from "./versions";

/** The passphrase of the stack `local`; its committed encryption salt matches. What it protects lies in a 0700 folder anyway. */
const LOCAL_PASSPHRASE = "local";

type EngineTools = Readonly<Partial<Record<ToolName, ResolvedTool>>>;

/**
 * What the Pulumi engine needs in its environment to work on `state` alone: no login, no prompt, nothing of the user's own
 * Pulumi home. Add it to the process's own environment.
 *
 * @param path the PATH to put our folder of tools in front of
 */
export function engineEnvironment(
  state: StateFolder,
  tools: EngineTools = {},
  path: string = process.env["PATH"] ?? "",
): Record<string, string> {
  const bin = linkTools(state, tools);
  const rest = path.split(delimiter).filter((folder) => folder !== "" && folder !== bin);
  return { PATH: [bin, ...rest].join(delimiter), ...engineVariables(state) };
}

/** {@link engineEnvironment} without PATH. */
export function engineVariables(state: StateFolder): Record<string, string> {
  return {
    PULUMI_HOME: state.pulumiHome,
    // What would end the path or change it in a URL; the engine wants the rest as it is.
    PULUMI_BACKEND_URL: `file://${state.backend.replace(/[%#?]/g, encodeURIComponent)}`,
    PULUMI_CONFIG_PASSPHRASE: LOCAL_PASSPHRASE,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    // A language host or a plugin on the user's PATH would win over the ones that are put in place here.
    PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
  };
}

/**
 * Makes `<state>/bin` with links to this Node and to the given tools, so that one folder on PATH is enough, and the folder of
 * the engine's backend.
 *
 * @returns the folder
 */
export function linkTools(state: StateFolder, tools: EngineTools): string {
  const { root, bin, backend } = state;
  mkdirSync(root, { recursive: true, mode: 0o700 });
  // The engine does not make the folder of a file backend.
  for (const folder of [bin, backend]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  link(process.execPath, join(bin, "node"));
  for (const tool of Object.values(tools)) link(tool.path, join(bin, tool.name));
  return bin;
}

/** Replaces a link without a moment in which it is missing: another process may be about to run it. */
function link(target: string, path: string): void {
  if (currentTarget(path) === target || target === path) return;
  const own = `${path}.${process.pid}`;
  rmSync(own, { force: true });
  symlinkSync(target, own);
  renameSync(own, path);
}

function currentTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
