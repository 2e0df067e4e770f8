import { rmSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../errors";
import type { Progress, Step } from "../progress";
import { withLock } from "./bootstrap/lock.mjs";
import { build, expectedSeconds, requireGo, roughly } from "./build";
import { type DownloadFailure, download } from "./download";
import type { GoInstallation } from "./go";
import { askVersion, toolOnPath, withoutV } from "./on-path";
import { type Toolchain, type ToolchainOptions, toolchainOf } from "./options";
import { entryFolder, store, storedTool, temporaryFolder } from "./store";
import { type ToolName, currentPlatform, refereeNames, toolNames } from "./versions";

export interface ResolvedTool {
  readonly name: ToolName;
  readonly version: string;
  readonly path: string;
  readonly source: "path" | "cache" | "download" | "build";
}

/**
 * Gets tools at their pinned versions, each by the first way that works: on PATH at exactly that version, in the tool cache,
 * official download with a pinned checksum, built from the pinned Go module. Each one is kept as soon as it is there: an
 * interrupted run goes on where it stopped.
 *
 * @throws UserError when a tool cannot be had; one message for all that need Go when there is none
 */
export async function ensureTools<Name extends ToolName>(
  names: readonly Name[],
  progress: Progress,
  options: ToolchainOptions = {},
): Promise<Record<Name, ResolvedTool>> {
  const toolchain = toolchainOf(options);
  const ordered = [...toolNames, ...refereeNames].filter((name) => (names as readonly ToolName[]).includes(name));
  const found = await Promise.all(ordered.map((name) => findTool(toolchain, name)));
  const resolved = new Map(ordered.map((name, index) => [name, found[index]]));
  let missing = ordered.filter((name) => resolved.get(name) === undefined);

  for (const tool of await downloadTools(toolchain, missing, progress)) resolved.set(tool.name, tool);
  missing = ordered.filter((name) => resolved.get(name) === undefined);

  for (const tool of await buildTools(toolchain, missing, progress)) resolved.set(tool.name, tool);
  return Object.fromEntries(resolved) as Record<Name, ResolvedTool>;
}

/** The tool, if it is on this machine already: nothing is downloaded or built. */
export async function findTool(toolchain: Toolchain, name: ToolName): Promise<ResolvedTool | undefined> {
  const { version } = toolchain.table[name];
  const onPath = await toolOnPath(toolchain, name);
  if (onPath !== undefined) return { name, version, path: onPath, source: "path" };
  const stored = await storedTool(toolchain, name);
  return stored === undefined ? undefined : { name, version, path: stored, source: "cache" };
}

async function downloadTools(
  toolchain: Toolchain,
  missing: readonly ToolName[],
  progress: Progress,
): Promise<readonly ResolvedTool[]> {
  const platform = currentPlatform();
  const tools: ResolvedTool[] = [];
  for (const name of missing) {
    const { version, downloads } = toolchain.table[name];
    const spec = platform === undefined ? undefined : downloads[platform];
    if (spec === undefined) continue;
    let failure: DownloadFailure | undefined;
    const tool = await progress.step(`Looking for a download of ${name} ${version}`, (step) =>
      locked(toolchain, name, step, async (folder) => {
        failure = await download(spec, folder, name, step, toolchain.signal);
        if (failure !== undefined) step.update(explain[failure]);
        return failure === undefined ? "download" : undefined;
      }),
    );
    if (tool !== undefined) tools.push(tool);
    // One silent host is answer enough: the next ones would cost seconds each.
    if (failure === "unreachable") break;
  }
  return tools;
}

const explain: Record<DownloadFailure, string> = {
  unreachable: "not reachable from here, it is built instead",
  refused: "not there, it is built instead",
  checksum: "it is not the file whose checksum is pinned: thrown away, it is built instead",
};

async function buildTools(
  toolchain: Toolchain,
  missing: readonly ToolName[],
  progress: Progress,
): Promise<readonly ResolvedTool[]> {
  if (missing.length === 0) return [];
  const go = await requireGo(
    toolchain,
    missing.map((name) => `${name} ${toolchain.table[name].version}`),
  );
  const tools: ResolvedTool[] = [];
  for (const [index, name] of missing.entries()) {
    const left = missing.slice(index).reduce((sum, next) => sum + expectedSeconds(toolchain, next), 0);
    const title = [
      `Building ${name} ${toolchain.table[name].version} (step ${index + 1} of ${missing.length}`,
      `about ${roughly(expectedSeconds(toolchain, name))}; ${roughly(left)} for all that is left)`,
    ].join(", ");
    const tool = await progress.step(title, (step) =>
      locked(toolchain, name, step, async (folder) => {
        await buildChecked(toolchain, name, go, folder);
        return "build";
      }),
    );
    if (tool !== undefined) tools.push(tool);
  }
  return tools;
}

async function buildChecked(toolchain: Toolchain, name: ToolName, go: GoInstallation, folder: string): Promise<void> {
  await build(toolchain, name, go, folder);
  const spec = toolchain.table[name];
  const version = await askVersion(join(folder, name), spec, toolchain);
  if (version !== withoutV(spec.version)) {
    throw new UserError(
      `${name} was built, but says that it is version ${version ?? "unknown"} instead of ${spec.version}`,
      `make local/toolchain/versions.ts and local/tools/${spec.goModule}/go.mod agree`,
    );
  }
}

/**
 * Lets `make` put the tool into a temporary folder and stores it; nobody else makes it meanwhile, and what somebody else made
 * while we waited is taken.
 */
async function locked(
  toolchain: Toolchain,
  name: ToolName,
  step: Step,
  make: (folder: string) => Promise<"download" | "build" | undefined>,
): Promise<ResolvedTool | undefined> {
  const { version } = toolchain.table[name];
  const work = async (): Promise<ResolvedTool | undefined> => {
    const stored = await storedTool(toolchain, name);
    if (stored !== undefined) return { name, version, path: stored, source: "cache" };
    const folder = temporaryFolder(entryFolder(toolchain, name));
    const drop = () => {
      rmSync(folder, { recursive: true, force: true });
    };
    process.on("exit", drop);
    try {
      const source = await make(folder);
      if (source === undefined) return undefined;
      return { name, version, path: await store(toolchain, name, folder), source };
    } finally {
      process.removeListener("exit", drop);
      drop();
    }
  };
  return withLock(`${entryFolder(toolchain, name)}.lock`, `getting ${name} ${version}`, work, {
    onWait: (who) => {
      step.update(who);
    },
    signal: toolchain.signal,
  });
}
