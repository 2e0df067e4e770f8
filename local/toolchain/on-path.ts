import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, realpathSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join, sep } from "node:path";
import { promisify } from "node:util";
import { findExecutables } from "./go";
import type { Toolchain } from "./options";
import type { ToolName, ToolSpec } from "./versions";

/** A tool that answers later than this is not worth waiting for (milliseconds). */
const ANSWER_WITHIN = 5000;

/** Versions that programs on PATH said they are, by path, size and time: asking all of them takes longer than a warm start may. */
type Answers = Record<string, string>;

/** The tool on PATH that says it is exactly the pinned version. Links into the tool cache are not looked at: the cache is asked itself. */
export async function toolOnPath(toolchain: Toolchain, name: ToolName): Promise<string | undefined> {
  const spec = toolchain.table[name];
  for (const candidate of findExecutables(name, toolchain.env)) {
    const path = realpathSync(candidate);
    if (path.startsWith(realCache(toolchain) + sep)) continue;
    const { size, mtimeMs } = statSync(path);
    const key = [path, size, mtimeMs].join(" ");
    const file = join(toolchain.cache, "path-versions.json");
    const answers = readAnswers(file);
    let version = answers[key];
    if (version === undefined) {
      version = await askVersion(path, spec, toolchain);
      // No answer may be a passing fault of a busy machine: it is asked again.
      if (version === undefined) continue;
      writeAnswers(file, { ...readAnswers(file), [key]: version });
    }
    if (version === withoutV(spec.version)) return path;
  }
  return undefined;
}

/** The version, without `v`, that the program says it is. Its own settings and state are kept out of the user's home. */
export async function askVersion(path: string, spec: ToolSpec, toolchain: Toolchain): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(path, [...spec.versionArguments], {
      env: {
        PATH: toolchain.env["PATH"],
        HOME: join(toolchain.cache, "home"),
        PULUMI_HOME: join(toolchain.cache, "home"),
        PULUMI_SKIP_UPDATE_CHECK: "true",
      },
      timeout: ANSWER_WITHIN,
      killSignal: "SIGKILL",
    });
    const version = spec.versionPattern.exec(stdout)?.[1];
    return version === undefined ? undefined : withoutV(version);
  } catch {
    return undefined;
  }
}

export function withoutV(version: string): string {
  return version.replace(/^v/, "");
}

function realCache(toolchain: Toolchain): string {
  mkdirSync(toolchain.cache, { recursive: true });
  return realpathSync(toolchain.cache);
}

function readAnswers(file: string): Answers {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Answers;
  } catch {
    return {};
  }
}

function writeAnswers(file: string, answers: Answers): void {
  const own = `${file}.${process.pid}`;
  writeFileSync(own, JSON.stringify(answers));
  renameSync(own, file);
}
