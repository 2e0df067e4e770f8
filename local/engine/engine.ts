import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LocalWorkspace, PulumiCommand, Stack } from "@pulumi/pulumi/automation";
import { execa } from "execa";
import { projectRoot, type StateFolder } from "../state";

export interface EngineOptions {
  readonly state: StateFolder;
  /** The pulumi executable. */
  readonly pulumi: string;
  /** What the engine's processes get on top of this process's environment. */
  readonly environment: Readonly<Record<string, string>>;
  /**
   * The folder with Pulumi.yaml and the stack's configuration.
   *
   * @default the project's root
   */
  readonly workDir?: string;
}

export interface EngineStack {
  readonly stack: Stack;
  /** Runs an engine command on the stack for which the Automation API has no method. */
  cli(args: readonly string[]): Promise<void>;
}

/**
 * Opens a stack for the real engine, and creates it when it is not there.
 *
 * The engine runs attended: it ends when this process does, however that happens (attend.mjs).
 */
export async function openStack(name: string, options: EngineOptions): Promise<EngineStack> {
  await mkdir(options.state.backend, { recursive: true, mode: 0o700 });
  const pulumiCommand = await PulumiCommand.get({ root: await attendedRoot(options) });
  const workDir = options.workDir ?? projectRoot;
  const env = { ...options.environment };
  const workspace = await LocalWorkspace.create({
    workDir,
    pulumiHome: options.state.pulumiHome,
    pulumiCommand,
    envVars: env,
  });
  return {
    stack: await Stack.createOrSelect(name, workspace),
    async cli(args) {
      await execa(pulumiCommand.command, [...args, "--non-interactive", "--stack", name], {
        cwd: workDir,
        env: { ...env, PULUMI_HOME: options.state.pulumiHome },
        stdin: "pipe",
      });
    },
  };
}

/** The Automation API wants an installation's root and runs its bin/pulumi: this one's starts the engine attended. */
async function attendedRoot({ state, pulumi }: EngineOptions): Promise<string> {
  const root = join(state.root, "engine");
  await mkdir(join(root, "bin"), { recursive: true });
  const command = [process.execPath, join(__dirname, "attend.mjs"), pulumi].map(shellQuote).join(" ");
  await writeFile(join(root, "bin", "pulumi"), `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
  return root;
}

function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
