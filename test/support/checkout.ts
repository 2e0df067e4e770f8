import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { projectRoot } from "../../local/state";

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A checkout of its own, as `git clone` makes it, with a HOME of its own. The tool cache and the npm dependencies are shared:
 * what makes them is tested apart.
 */
export class Checkout {
  readonly root = mkdtempSync(join(tmpdir(), "checkout "));
  readonly home = mkdtempSync(join(tmpdir(), "home "));
  readonly #original: ReadonlyMap<string, string>;
  readonly env: NodeJS.ProcessEnv = {
    PATH: process.env["PATH"],
    HOME: this.home,
    XDG_CACHE_HOME: process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"),
  };

  constructor() {
    const listed = spawnSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], {
      cwd: projectRoot,
      encoding: "utf8",
    });
    for (const file of listed.stdout.split("\0").filter((name) => name !== "")) {
      mkdirSync(dirname(join(this.root, file)), { recursive: true });
      cpSync(join(projectRoot, file), join(this.root, file));
    }
    symlinkSync(join(projectRoot, "node_modules"), join(this.root, "node_modules"));
    this.#original = contents(this.root);
  }

  /** Starts a command as its npm script does, with standard input closed. */
  spawn(command: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): ChildProcess {
    return spawn(process.execPath, ["local/commands/launch.mjs", command, ...args], {
      cwd: this.root,
      env: { ...this.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
  }

  /** Runs a command to its end. */
  run(command: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
    return outcome(this.spawn(command, args, env));
  }

  /** Runs a shell script in the checkout, as a user who copies it from the documentation. */
  shell(script: string): Promise<Outcome> {
    return outcome(
      spawn("bash", ["-euo", "pipefail", "-c", script], {
        cwd: this.root,
        env: this.env,
        stdio: ["ignore", "pipe", "pipe"],
      }),
    );
  }

  /** The command lines of this checkout's processes that run now, by pid. Linux only. */
  processes(): ReadonlyMap<number, string> {
    const found = new Map<number, string>();
    for (const entry of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      const [commandLine, environment] = ["cmdline", "environ"].map((file) => readProcess(entry, file));
      if (!`${commandLine ?? ""} ${environment ?? ""}`.includes(this.root)) continue;
      found.set(Number(entry), (commandLine ?? "").replaceAll("\0", " ").slice(0, 200));
    }
    return found;
  }

  /** Files that were not there at first, beside the state folder's; and files that have changed. */
  strangeFiles(): string[] {
    const now = contents(this.root);
    return [...now].filter(([file, text]) => this.#original.get(file) !== text).map(([file]) => file);
  }

  /** Stops the embedded cluster and removes everything. */
  async remove(): Promise<void> {
    await this.run("local", ["reset"]);
    rmSync(this.root, { recursive: true, force: true });
    rmSync(this.home, { recursive: true, force: true });
  }
}

function contents(root: string): Map<string, string> {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  const texts = new Map<string, string>();
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    if (!path.startsWith(join(root, ".local"))) texts.set(path, readFileSync(path, "utf8"));
  }
  return texts;
}

function readProcess(pid: string, file: string): string {
  try {
    return readFileSync(join("/proc", pid, file), "utf8");
  } catch {
    // It has ended meanwhile.
    return "";
  }
}

/** What a child process printed and how it ended. */
export function outcome(child: ChildProcess): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    let [stdout, stderr] = ["", ""];
    child.stdout?.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.once("error", reject);
    child.once("close", (code) => {
      resolve({ code, stdout, stderr });
    });
  });
}
