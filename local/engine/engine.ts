import { access, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { EngineEvent } from "@pulumi/pulumi/automation";
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
  /**
   * The stack whose configuration file this one's is a copy of.
   *
   * @default its own
   */
  readonly configuredBy?: string;
}

export type Operation = "up" | "preview" | "destroy" | "refresh";

export interface RunOptions {
  /** Takes each event as the engine reports it. */
  readonly onEvent: (event: EngineEvent) => void;
  /** Interrupts the engine, which finishes the step that it is in and writes the state. */
  readonly signal?: AbortSignal;
}

/** The engine failed; the message is what it called an error, or else the last lines that it printed. */
class EngineError extends Error {
  constructor(printed: string) {
    const lines = printed.trim().split("\n");
    const errors = lines.filter((line) => /^\s*error: /.test(line));
    super((errors.length > 0 ? errors : lines.slice(-LAST_LINES)).map((line) => line.trim()).join("\n"));
    this.name = "EngineError";
  }
}

/** Of an engine that fails without the word error (lines). */
const LAST_LINES = 4;

/** The project's name in Pulumi.yaml. */
const PROJECT = "monitoring-web-service";

/**
 * A stack, as the real engine's command drives it. Every run is attended: the engine ends when this process does, however
 * that happens (attend.mjs). Its events come as JSON lines, so that progress and failures need no parsing of prose.
 */
export class EngineStack {
  private constructor(
    readonly name: string,
    private readonly options: EngineOptions,
  ) {}

  /** Opens a stack, and creates it when it is not there. */
  static async open(name: string, options: EngineOptions): Promise<EngineStack> {
    const { backend } = options.state;
    await mkdir(backend, { recursive: true, mode: 0o700 });
    const stack = new EngineStack(name, options);
    const exists = await access(join(backend, ".pulumi", "stacks", PROJECT, `${name}.json`)).then(
      () => true,
      () => false,
    );
    if (!exists) await stack.cli(["stack", "init", name]);
    return stack;
  }

  /** The stack whose configuration file, `Pulumi.NAME.yaml`, a person would change. */
  get configuredBy(): string {
    return this.options.configuredBy ?? this.name;
  }

  /** Where the engine's file backend keeps the stack's locks. */
  get lockFolder(): string {
    return join(this.options.state.backend, ".pulumi", "locks", "organization", PROJECT, this.name);
  }

  /** Where the engine's file backend keeps the stack's state. */
  get stateFile(): string {
    return join(this.options.state.backend, ".pulumi", "stacks", PROJECT, `${this.name}.json`);
  }

  /**
   * Runs an engine command.
   *
   * @returns its standard output
   * @throws EngineError
   */
  async cli(args: readonly string[]): Promise<string> {
    const { stdout, stderr, exitCode } = await this.#spawn(args);
    if (exitCode !== 0) throw new EngineError(`${stdout}\n${stderr}`);
    return stdout;
  }

  /** The same on this stack. */
  command(args: readonly string[]): Promise<string> {
    return this.cli([...args, "--stack", this.name]);
  }

  /**
   * Runs an operation to its end and hands on its events.
   *
   * @throws EngineError when it fails or is interrupted; what it did until then is in the state
   */
  async run(operation: Operation, { onEvent, signal }: RunOptions): Promise<void> {
    const unattended = operation === "preview" ? [] : ["--yes", "--skip-preview"];
    const running = this.#spawn([operation, ...unattended, "--json", "--stack", this.name], signal);
    for await (const line of running.iterable({ from: "stdout" })) {
      if (line.startsWith("{")) onEvent(JSON.parse(line) as EngineEvent);
    }
    const { stderr, exitCode } = await running;
    if (exitCode !== 0) throw new EngineError(stderr);
  }

  #spawn(args: readonly string[], signal?: AbortSignal) {
    const { pulumi, environment, state, workDir = projectRoot } = this.options;
    return execa(process.execPath, [join(__dirname, "attend.mjs"), pulumi, ...args, "--non-interactive"], {
      cwd: workDir,
      env: { ...environment, PULUMI_HOME: state.pulumiHome, PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "1" },
      // The attendant ends the engine when this pipe closes.
      stdin: "pipe",
      reject: false,
      ...(signal === undefined ? {} : { cancelSignal: signal, killSignal: "SIGINT" }),
      // The attendant sees to it that the engine ends, and needs the time to do so.
      forceKillAfterDelay: false,
    });
  }
}
