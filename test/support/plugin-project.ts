import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { installPlugins } from "../../local/plugins";
import type { PluginMode, PluginReport } from "../../local/plugins";
import { projectRoot, stateFolder } from "../../local/state";
import { engineEnvironment, ensureTools } from "../../local/toolchain";
import { silent } from "./silent";

export interface CommandResult {
  readonly code: number;
  /** Standard output and standard error, one after the other. */
  readonly output: string;
}

interface Deployment {
  readonly deployment: { readonly resources?: readonly DeployedResource[] };
}

export interface DeployedResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/**
 * A small project in a temporary folder (with a blank in its path), with plugins installed for it and the plain `pulumi`
 * command on PATH, as a user would have it.
 */
export class PluginProject {
  private constructor(
    readonly folder: string,
    readonly environment: NodeJS.ProcessEnv,
    readonly plugins: readonly PluginReport[],
  ) {}

  static async create(mode: PluginMode = "stand-ins"): Promise<PluginProject> {
    const folder = await mkdtemp(join(tmpdir(), "plugin project "));
    const state = stateFolder(join(folder, ".local"));
    await mkdir(state.backend, { recursive: true });
    const tools = await ensureTools(["pulumi"], silent);
    const environment = {
      ...process.env,
      HOME: join(folder, "home"),
      ...engineEnvironment(state, tools),
      // By this every process of this project is recognised, whoever started it.
      PLUGIN_PROJECT: folder,
    };
    const plugins = await installPlugins(state, silent, { plugins: mode, env: environment });
    await mkdir(join(folder, "infra"), { recursive: true });
    await mkdir(join(folder, "home"), { recursive: true });
    await writeFile(join(folder, "Pulumi.yaml"), "name: plugins\nruntime: nodejs\nmain: infra\n");
    await cp(join(projectRoot, "tsconfig.json"), join(folder, "tsconfig.json"));
    await cp(join(projectRoot, "infra", "tsconfig.json"), join(folder, "infra", "tsconfig.json"));
    const dependencies = { "@pulumi/pulumi": "*", "@pulumi/random": "*" };
    await writeFile(join(folder, "package.json"), JSON.stringify({ name: "plugins", private: true, dependencies }));
    await symlink(join(projectRoot, "node_modules"), join(folder, "node_modules"));
    const project = new PluginProject(folder, environment, plugins);
    await project.succeed("stack", "init", "local");
    return project;
  }

  async program(source: string): Promise<void> {
    await writeFile(join(this.folder, "infra", "index.ts"), source);
  }

  async pulumi(...args: readonly string[]): Promise<CommandResult> {
    try {
      const { stdout, stderr } = await promisify(execFile)("pulumi", [...args, "--non-interactive", "--color=never"], {
        cwd: this.folder,
        env: this.environment,
        maxBuffer: 2 ** 26,
      });
      return { code: 0, output: stdout + stderr };
    } catch (error) {
      if (!(error instanceof Error && "code" in error && typeof error.code === "number")) throw error;
      const { code } = error;
      const text = (name: "stdout" | "stderr") => String(new Map(Object.entries(error)).get(name) ?? "");
      return { code, output: text("stdout") + text("stderr") };
    }
  }

  /** @returns the command's output; throws with it when the command fails */
  async succeed(...args: readonly string[]): Promise<string> {
    const { code, output } = await this.pulumi(...args);
    if (code !== 0) throw new Error(`pulumi ${args.join(" ")} ended with ${code}:\n${output}`);
    return output;
  }

  /** Starts the engine and does not wait for it. */
  start(...args: readonly string[]): ChildProcess {
    return spawn("pulumi", [...args, "--non-interactive", "--color=never"], {
      cwd: this.folder,
      env: this.environment,
      stdio: "ignore",
    });
  }

  async output(name: string): Promise<unknown> {
    return JSON.parse(await this.succeed("stack", "output", name, "--json", "--show-secrets"));
  }

  async resources(): Promise<readonly DeployedResource[]> {
    const exported = JSON.parse(await this.succeed("stack", "export")) as Deployment;
    return exported.deployment.resources ?? [];
  }

  /** The state as it lies on the disk. */
  async rawState(): Promise<string> {
    return readFile(join(this.folder, ".local", "backend", ".pulumi", "stacks", "plugins", "local.json"), "utf8");
  }

  /** The processes that belong to this project: pid and command line. */
  async processes(): Promise<readonly { readonly pid: number; readonly command: string }[]> {
    const { stdout } = await promisify(execFile)("ps", ["axeww", "-o", "pid=,command="], { maxBuffer: 2 ** 26 });
    return stdout
      .split("\n")
      .filter((line) => line.includes(`PLUGIN_PROJECT=${this.folder}`))
      .map((line) => ({ pid: Number(/^\s*(\d+)/.exec(line)?.[1]), command: line.trim() }))
      .filter(({ command }) => !command.includes("ps axeww"));
  }

  async remove(): Promise<void> {
    for (const { pid } of await this.processes()) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It ended by itself in the meantime.
      }
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}
