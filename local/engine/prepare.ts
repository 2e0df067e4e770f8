import { requireOwnFolder } from "../control-plane";
import { type InstallOptions, installPlugins, type PluginReport } from "../plugins";
import type { Progress } from "../progress";
import type { StateFolder } from "../state";
import { engineEnvironment, ensureTools } from "../toolchain";
import type { EngineOptions } from "./engine";

export interface PreparedEngine extends EngineOptions {
  readonly plugins: readonly PluginReport[];
  /** The pulumi command was made just now, so most other tools are still to be made. */
  readonly firstRun: boolean;
}

/** Everything the engine needs short of a cluster: the pulumi command, its plugins and its environment. */
export async function prepareEngine(
  state: StateFolder,
  progress: Progress,
  options: InstallOptions = {},
): Promise<PreparedEngine> {
  requireOwnFolder(state);
  const tools = await ensureTools(["pulumi"], progress);
  const plugins = await installPlugins(state, progress, options);
  return {
    state,
    pulumi: tools.pulumi.path,
    environment: engineEnvironment(state, tools),
    plugins,
    firstRun: tools.pulumi.source === "build",
  };
}
