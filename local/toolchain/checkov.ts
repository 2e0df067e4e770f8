import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { ExitCode, UserError } from "../errors";
import type { Progress } from "../progress";
import { withLock } from "./bootstrap/lock.mjs";
import { findExecutables } from "./go";
import { type Toolchain, type ToolchainOptions, toolchainOf } from "./options";
import { runGrouped } from "./run-grouped";
import { temporaryFolder } from "./store";
import { checkov } from "./versions";

/** checkov, as a folder of packages for one Python. */
export interface Checkov {
  readonly python: string;
  readonly packages: string;
}

interface Python {
  readonly path: string;
  /** What packages are made for: its version and platform. */
  readonly key: string;
}

/** Written last: without it an installation is not whole. */
const COMPLETE = "complete";

/**
 * checkov in the tool cache; installed from PyPI, by the hashes of its requirements, where it is not there yet.
 *
 * @throws UserError with exit code `refused` where there is no fit Python
 */
export async function ensureCheckov(progress: Progress, options: ToolchainOptions = {}): Promise<Checkov> {
  const toolchain = toolchainOf(options);
  const python = await requirePython(toolchain);
  const requirements = join(toolchain.modules, "checkov", "requirements.txt");
  const hash = createHash("sha256").update(readFileSync(requirements)).update(python.key).digest("hex").slice(0, 16);
  const packages = join(toolchain.cache, "tools", "checkov", `${checkov.version}-${hash}`);
  const found = { python: python.path, packages };
  if (existsSync(join(packages, COMPLETE))) return found;
  const title = `Installing checkov ${checkov.version} from PyPI (about 30 s)`;
  await progress.step(title, (step) =>
    withLock(`${packages}.lock`, title, () => install(toolchain, python, requirements, packages), {
      onWait: (who) => {
        step.update(who);
      },
      signal: toolchain.signal,
    }),
  );
  return found;
}

async function install(toolchain: Toolchain, python: Python, requirements: string, packages: string): Promise<void> {
  if (existsSync(join(packages, COMPLETE))) return;
  const logs = join(toolchain.cache, "logs");
  mkdirSync(logs, { recursive: true });
  const log = join(logs, "install-checkov.log");
  const temporary = temporaryFolder(packages);
  try {
    const code = await runGrouped({
      command: python.path,
      arguments: [
        // Isolated: no package and no setting of the user's own Python.
        ...["-I", "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--no-warn-script-location"],
        // Nothing but what is pinned, and no package that would run a script of its own.
        ...["--no-deps", "--require-hashes", "--only-binary", ":all:", "--target", temporary],
        ...["--requirement", requirements],
      ],
      cwd: dirname(requirements),
      env: { ...toolchain.env, PIP_USER: "0" },
      log,
      signal: toolchain.signal,
    });
    if (code !== 0) {
      throw new UserError(
        `Installing checkov ${checkov.version} from PyPI failed:\n${lastLines(log)}`,
        `see ${log}; a mirror of PyPI is configured as for any pip (pip config)`,
      );
    }
    writeFileSync(join(temporary, COMPLETE), "");
    rmSync(packages, { recursive: true, force: true });
    renameSync(temporary, packages);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** What fits a screen of pip's last words (lines). */
const LAST_LINES = 4;

function lastLines(log: string): string {
  return readFileSync(log, "utf8").trimEnd().split("\n").slice(-LAST_LINES).join("\n");
}

const QUESTION = `
import pip, platform, sys, sysconfig
print(*sys.version_info[:2], sys.implementation.name, sysconfig.get_platform(), platform.libc_ver()[0])
`;

async function requirePython(toolchain: Toolchain): Promise<Python> {
  const { major, minor } = checkov.minimumPython;
  const seen: string[] = [];
  for (const path of ["python3", "python"].flatMap((name) => findExecutables(name, toolchain.env))) {
    const answer = await ask(path, toolchain);
    const [, foundMajor, foundMinor] = /^(\d+) (\d+) /.exec(answer ?? "") ?? [];
    if (Number(foundMajor) === major && Number(foundMinor) >= minor) return { path, key: answer ?? "" };
    seen.push(foundMajor === undefined ? `${path} has no pip` : `${path} is ${foundMajor}.${foundMinor ?? ""}`);
  }
  const found = seen.length === 0 ? "there is none" : seen.join(", ");
  throw new UserError(
    `checkov did not run: it needs Python ${major}.${minor} or newer with pip, and of those on PATH ${found}.`,
    `install Python ${major}.${minor} or newer with pip, then run the same command again`,
    ExitCode.refused,
  );
}

async function ask(path: string, { env, signal }: Toolchain): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(path, ["-I", "-c", QUESTION], { env, ...(signal ? { signal } : {}) });
    return stdout.trim();
  } catch {
    return undefined;
  }
}
