import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { UserError } from "../errors";
import type { Progress } from "../progress";
import { withLock } from "./bootstrap/lock.mjs";
import { requireGo } from "./build";
import type { GoInstallation } from "./go";
import { goFailure } from "./go-failure";
import { type Toolchain, type ToolchainOptions, toolchainOf } from "./options";
import { runGrouped } from "./run-grouped";
import { temporaryFolder } from "./store";
import { type ModuleFiles, crdModules, stageModule } from "./versions";

/** The CRDs of all operators that the stack uses, as YAML files in the tool cache. Only the first time needs Go and a network. */
export async function ensureCrds(progress: Progress, options: ToolchainOptions = {}): Promise<readonly string[]> {
  const isCrd = (text: string) => /^kind: CustomResourceDefinition$/m.test(text);
  return moduleFiles("crds", "Fetching the operators' CRDs", crdModules, isCrd, progress, toolchainOf(options));
}

/** kwok's stages, which say how simulated nodes and pods behave, as YAML files in the tool cache. */
export async function kwokStages(progress: Progress, options: ToolchainOptions = {}): Promise<readonly string[]> {
  const isStage = (text: string) => /^kind: Stage$/m.test(text);
  return moduleFiles("stages", "Fetching kwok's stages", [stageModule], isStage, progress, toolchainOf(options));
}

/** What is stored, with sizes: a file that was cut off or is gone is fetched again. */
type Index = Record<string, number>;

async function moduleFiles(
  kind: string,
  title: string,
  sources: readonly ModuleFiles[],
  wanted: (text: string) => boolean,
  progress: Progress,
  toolchain: Toolchain,
): Promise<readonly string[]> {
  const folder = join(toolchain.cache, kind, keyOf(sources, toolchain));
  const stored = storedFiles(folder);
  if (stored !== undefined) return stored;
  const go = await requireGo(
    toolchain,
    sources.map(({ module, version }) => `${module} ${version}`),
  );
  return progress.step(title, (step) =>
    withLock(
      `${folder}.lock`,
      title,
      async () => {
        const meanwhile = storedFiles(folder);
        if (meanwhile !== undefined) return meanwhile;
        rmSync(folder, { recursive: true, force: true });
        const temporary = temporaryFolder(folder);
        try {
          for (const source of sources) {
            step.update(`${source.module} ${source.version}`);
            copyYaml(source, await fetchModule(source, go, toolchain), temporary, wanted);
          }
          writeIndex(temporary);
          renameSync(temporary, folder);
        } finally {
          rmSync(temporary, { recursive: true, force: true });
        }
        return storedFiles(folder) ?? [];
      },
      {
        onWait: (who) => {
          step.update(who);
        },
        signal: toolchain.signal,
      },
    ),
  );
}

function keyOf(sources: readonly ModuleFiles[], toolchain: Toolchain): string {
  const hash = createHash("sha256").update(JSON.stringify(sources));
  for (const goModule of new Set(sources.map((source) => source.goModule))) {
    hash.update(readFileSync(join(toolchain.modules, goModule, "go.sum")));
  }
  return hash.digest("hex").slice(0, 16);
}

/** Fetches a module and returns its folder in Go's module cache, once go.sum agreed. */
async function fetchModule(source: ModuleFiles, go: GoInstallation, toolchain: Toolchain): Promise<string> {
  const { module, version } = source;
  const cwd = join(toolchain.modules, source.goModule);
  const logs = join(toolchain.cache, "logs");
  mkdirSync(logs, { recursive: true });
  const log = join(logs, `fetch-${basename(module)}.log`);
  const code = await runGrouped({
    command: go.path,
    arguments: ["mod", "download", "-json", `${module}@${version}`],
    cwd,
    env: go.env,
    log,
    signal: toolchain.signal,
  });
  if (code !== 0) throw goFailure(`Fetching ${module} ${version}`, log);
  const output = readFileSync(log, "utf8");
  const answer = JSON.parse(output.slice(output.indexOf("{"))) as { Dir: string; Sum: string };
  const pinned = readFileSync(join(cwd, "go.sum"), "utf8").split("\n");
  if (!pinned.includes(`${module} ${version} ${answer.Sum}`)) {
    throw new UserError(
      `${module} ${version} is not the one that local/tools/${source.goModule}/go.sum pins, and was not used`,
      "remove it from Go's module cache (go clean -modcache), then run the same command again",
    );
  }
  return answer.Dir;
}

function copyYaml(source: ModuleFiles, from: string, to: string, wanted: (text: string) => boolean): void {
  for (const folder of source.folders) {
    const files = readdirSync(join(from, folder)).filter(
      (file) => file.endsWith(".yaml") && wanted(readFileSync(join(from, folder, file), "utf8")),
    );
    if (files.length === 0) {
      throw new UserError(
        `${source.module} ${source.version} has no fitting YAML file in ${folder}`,
        "correct the folder in local/toolchain/versions.ts",
      );
    }
    for (const file of files) {
      const target = join(to, source.module, folder, file);
      mkdirSync(dirname(target), { recursive: true });
      // Files in Go's module cache are read-only, and copies of them could not be removed again as easily.
      writeFileSync(target, readFileSync(join(from, folder, file)));
    }
  }
}

function writeIndex(folder: string): void {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".yaml"));
  const index: Index = Object.fromEntries(files.sort().map((file) => [file, statSync(join(folder, file)).size]));
  writeFileSync(join(folder, "index.json"), JSON.stringify(index));
}

function storedFiles(folder: string): readonly string[] | undefined {
  const path = join(folder, "index.json");
  if (!existsSync(path)) return undefined;
  const index = JSON.parse(readFileSync(path, "utf8")) as Index;
  const files = Object.entries(index).map(([file, size]) => ({ path: join(folder, file), size }));
  const whole = files.every((file) => statSync(file.path, { throwIfNoEntry: false })?.size === file.size);
  return whole ? files.map((file) => file.path) : undefined;
}
