import { join } from "node:path";

import { shellWord } from "../shell";
import { projectRoot, toolCache } from "../state";

/** By this line a launcher of ours is told from an official plugin. */
const MARK = "# Stand-in, written by local/plugins/install.ts.";

export interface LauncherScript {
  /** The plugin's entry point, relative to local/plugins. */
  readonly main: string;
  /** The state folder that the plugin belongs to, whatever LOCAL_STATE is where the engine runs. */
  readonly state: string;
  /** @default the Node of this process */
  readonly node?: string;
}

/** A shell script that becomes the plugin's process: the engine starts plugins as executable files. */
export function launcherScript({ main, state, node = process.execPath }: LauncherScript): string {
  const plugins = join(projectRoot, "local", "plugins");
  const command = [node, join(plugins, "launcher.mjs"), join(toolCache(), "plugins"), join(plugins, main)];
  return [
    "#!/bin/sh",
    MARK,
    `export LOCAL_STATE=${shellWord(state)}`,
    `exec ${command.map(shellWord).join(" ")} "$@"`,
    "",
  ].join("\n");
}

export function isLauncherScript(content: string): boolean {
  return content.startsWith(`#!/bin/sh\n${MARK}\n`);
}
