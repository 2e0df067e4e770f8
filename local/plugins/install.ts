import { execFile } from "node:child_process";
import { accessSync, constants, existsSync, lstatSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";

import { UserError } from "../errors";
import type { Progress } from "../progress";
import type { StateFolder } from "../state";
import { tools } from "../toolchain";
import { linkPlugin, isStandIn, removePlugin, removeStaleStandIns, writeStandIn } from "./plugin-folder";
import { providerNames, providerVersion } from "./versions";
import type { ProviderName } from "./versions";

/**
 * `auto`: an official plugin that this machine has at exactly the pinned version, else the stand-in; nothing is
 * downloaded. `stand-ins`: never an official one. `official`: nothing else, downloaded where it is missing.
 */
export type PluginMode = "auto" | "stand-ins" | "official";

export interface InstallOptions {
  /** @default "auto" */
  readonly plugins?: PluginMode;
  /** The engine's executable. @default `<state>/bin/pulumi`, else the first `pulumi` on PATH */
  readonly pulumi?: string;
  /** @default the process's own environment */
  readonly env?: NodeJS.ProcessEnv;
}

export interface PluginReport {
  readonly name: string;
  /** Without a leading `v`. */
  readonly version: string;
  readonly kind: "official" | "stand-in";
  /** What a stand-in only pretends, in words for the summary; empty for an official plugin. */
  readonly simulates: string;
}

const SIMULATES: Readonly<Record<ProviderName | "nodejs", string>> = {
  aws: "resources are recorded in the state, with made-up ids and outputs; AWS is never called",
  docker: "images are recorded, neither built nor pushed; a digest is the hash of what would be built",
  kubernetes: "objects are applied to the real API; Helm releases are recorded, not installed",
  nodejs: "programs and policy packs really run; it generates no code and installs no packages",
  random: "values are really random; RandomInteger has no seed, and RandomPet and RandomShuffle are missing",
};

/** A download of the largest provider over a slow line; after that nobody believes in it any more (milliseconds). */
const DOWNLOAD_LIMIT_MS = 300_000;

/**
 * Puts the language host and the providers where the engine of this state folder finds them. Does nothing, and says
 * nothing, when everything is in its place.
 *
 * @throws UserError when an official plugin is demanded and cannot be had
 */
export async function installPlugins(
  state: StateFolder,
  progress: Progress,
  options: InstallOptions = {},
): Promise<readonly PluginReport[]> {
  const { plugins: mode = "auto", env = process.env } = options;
  const pulumi = options.pulumi ?? findPulumi(state, env);
  const folder = join(state.pulumiHome, "plugins");
  const reports = [installLanguageHost(state, folder, mode, pulumi)];
  for (const name of providerNames)
    reports.push(await installProvider(name, state, folder, mode, pulumi, env, progress));
  return reports;
}

function installLanguageHost(
  state: StateFolder,
  folder: string,
  mode: PluginMode,
  pulumi: string | undefined,
): PluginReport {
  const version = tools.pulumi.version.replace(/^v/, "");
  const plugin = { folder, directory: `language-nodejs-v${version}`, executable: "pulumi-language-nodejs" };
  // The engine takes the one that lies beside itself, so there is nothing to install, and no way around it either.
  const official = pulumi === undefined ? undefined : beside(pulumi, plugin.executable);
  if (official !== undefined) {
    if (isStandIn(plugin)) removePlugin(plugin);
    return { name: "nodejs", version, kind: "official", simulates: "" };
  }
  if (mode === "official") {
    throw new UserError(
      `The official language host pulumi-language-nodejs v${version} is missing beside ${pulumi ?? "pulumi"}: it comes with Pulumi's own installer only.`,
      `Install Pulumi v${version} from https://www.pulumi.com/docs/install, or leave out --plugins official`,
    );
  }
  writeStandIn(plugin, { main: join("language-nodejs", "main.ts"), state: state.root });
  removeStaleStandIns(plugin, "language-nodejs-v");
  return { name: "nodejs", version, kind: "stand-in", simulates: SIMULATES.nodejs };
}

async function installProvider(
  name: ProviderName,
  state: StateFolder,
  folder: string,
  mode: PluginMode,
  pulumi: string | undefined,
  env: NodeJS.ProcessEnv,
  progress: Progress,
): Promise<PluginReport> {
  const version = providerVersion(name);
  const plugin = { folder, directory: `resource-${name}-v${version}`, executable: `pulumi-resource-${name}` };
  const official: PluginReport = { name, version, kind: "official", simulates: "" };
  removeStaleStandIns(plugin, `resource-${name}-v`);
  if (mode === "stand-ins") return standIn();

  if (isExecutable(join(folder, plugin.directory, plugin.executable)) && !isStandIn(plugin)) return official;
  const users = userPlugin(plugin.directory, plugin.executable, state, env);
  if (users !== undefined) {
    linkPlugin(plugin, users);
    return official;
  }
  if (mode === "auto") return standIn();

  if (isStandIn(plugin)) removePlugin(plugin);
  await progress.step(`Installing the official ${name} provider v${version}`, () =>
    download(name, version, state, pulumi, env),
  );
  return official;

  function standIn(): PluginReport {
    writeStandIn(plugin, { main: join(name, "main.ts"), state: state.root });
    return { name, version, kind: "stand-in", simulates: SIMULATES[name] };
  }
}

async function download(
  name: string,
  version: string,
  state: StateFolder,
  pulumi: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  try {
    await promisify(execFile)(pulumi ?? "pulumi", ["plugin", "install", "resource", name, `v${version}`], {
      env: { ...env, PULUMI_HOME: state.pulumiHome, PULUMI_SKIP_UPDATE_CHECK: "true" },
      timeout: DOWNLOAD_LIMIT_MS,
    });
  } catch (error) {
    throw new UserError(
      `The official ${name} provider v${version} could not be installed: ${failureOf(error)}`,
      `Check the network and try \`pulumi plugin install resource ${name} v${version}\`, or leave out --plugins official`,
      undefined,
      { cause: error },
    );
  }
}

function failureOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ("killed" in error && error.killed === true) return `it took longer than ${DOWNLOAD_LIMIT_MS / 1000} s`;
  const stderr = "stderr" in error && typeof error.stderr === "string" ? error.stderr.trim() : "";
  return (stderr === "" ? error.message : stderr).split("\n").at(-1) ?? "";
}

/** The folder of the plugin in the user's own Pulumi home, if it is complete. */
function userPlugin(
  directory: string,
  executable: string,
  state: StateFolder,
  env: NodeJS.ProcessEnv,
): string | undefined {
  const own = join(env["HOME"] ?? homedir(), ".pulumi");
  const homes = new Set([env["PULUMI_HOME"] ?? own, own]);
  for (const home of homes) {
    if (home === "" || home === state.pulumiHome) continue;
    const candidate = join(home, "plugins", directory);
    if (isExecutable(join(candidate, executable)) && !existsSync(`${candidate}.partial`)) return candidate;
  }
  return undefined;
}

function findPulumi(state: StateFolder, env: NodeJS.ProcessEnv): string | undefined {
  const folders = [join(state.root, "bin"), ...(env["PATH"] ?? "").split(delimiter)];
  return folders
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, "pulumi"))
    .find(isExecutable);
}

/** The engine resolves links of its own executable before it looks beside itself. */
function beside(pulumi: string, executable: string): string | undefined {
  if (!existsSync(pulumi)) return undefined;
  const path = join(dirname(realpathSync(pulumi)), executable);
  return isExecutable(path) ? path : undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return !lstatSync(path).isDirectory();
  } catch {
    return false;
  }
}
