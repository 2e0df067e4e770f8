import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as k8s from "@pulumi/kubernetes";
import { LocalWorkspace, PulumiCommand, type EngineEvent, type PulumiFn, type Stack } from "@pulumi/pulumi/automation";
import { execa } from "execa";
import { down, up } from "../../../../local/control-plane";
import { installPlugins } from "../../../../local/plugins";
import { stateFolder } from "../../../../local/state";
import { engineEnvironment, ensureTools } from "../../../../local/toolchain";
import { silent } from "../../../support/silent";

/** What an engine's run did and said. */
export interface Run {
  readonly ok: boolean;
  /** `create web`, `update web`, in the order in which they began; what stayed as it was is left out. */
  readonly steps: readonly string[];
  readonly errors: readonly string[];
  /** Messages for good, not the passing status lines. */
  readonly messages: readonly string[];
  readonly statuses: readonly string[];
  readonly milliseconds: number;
}

export type Verb = "preview" | "up" | "refresh" | "destroy";

/** A stack of an inline program. */
export class TestStack {
  constructor(
    private readonly stack: Stack,
    private readonly file: string,
  ) {}

  /**
   * Lets the engine do something with the stack.
   *
   * @param program @default the one of the run before
   * @param listen hears each message, and may interrupt the engine as Ctrl-C does
   */
  async run(verb: Verb, program?: PulumiFn, listen?: (text: string, interrupt: () => void) => void): Promise<Run> {
    if (program !== undefined) this.stack.workspace.program = program;
    const steps: string[] = [];
    const errors: string[] = [];
    const messages: string[] = [];
    const statuses: string[] = [];
    const interruption = new AbortController();
    const onEvent = (event: EngineEvent) => {
      // A refresh knows only afterwards what it found.
      const metadata = (verb === "refresh" ? event.resOutputsEvent : event.resourcePreEvent)?.metadata;
      if (metadata !== undefined && metadata.op !== "same" && metadata.type.startsWith("kubernetes:")) {
        steps.push(`${metadata.op} ${metadata.urn.split("::").at(-1) ?? ""}`);
      }
      const said = event.diagnosticEvent;
      // The SDK types do not know this severity, and the engine sends it.
      if (said === undefined || (said.severity as string) === "debug") return;
      const text = said.message.replaceAll(/<\{%[^%]*%\}>/g, "").trim();
      if (said.ephemeral === true) statuses.push(text);
      else messages.push(text);
      listen?.(text, () => {
        interruption.abort();
      });
      if (said.severity === "error") errors.push(text);
    };
    const started = Date.now();
    let ok = true;
    try {
      await this.stack[verb]({ onEvent, color: "never", signal: interruption.signal });
    } catch (error) {
      ok = false;
      if (errors.length === 0) throw error;
    }
    return { ok, steps, errors, messages, statuses, milliseconds: Date.now() - started };
  }

  /** The state as it is on disk: secrets are ciphertext there, which an export would decrypt. */
  state(): string {
    return readFileSync(this.file, "utf8");
  }

  /** The recorded outputs and inputs of one resource. */
  async resource(name: string): Promise<Record<string, unknown>> {
    const exported: { deployment: unknown } = await this.stack.exportStack();
    const { resources } = exported.deployment as { resources: Record<string, unknown>[] };
    const found = resources.find((resource) => String(resource["urn"]).endsWith(`::${name}`));
    if (found === undefined) throw new Error(`no resource ${name} in the state`);
    return found;
  }
}

/** A control plane and an engine with our plugins, in a folder of its own. */
export class TestBed {
  constructor(
    readonly kubeconfig: string,
    readonly context: string,
    private readonly backend: string,
    private readonly kubectlPath: string,
    private readonly command: PulumiCommand,
    private readonly envVars: Record<string, string>,
    readonly close: () => Promise<void>,
  ) {}

  /** A provider as the product makes it: explicit kubeconfig, context and identifier. */
  provider(args: k8s.ProviderArgs = {}): k8s.Provider {
    const { kubeconfig, context } = this;
    return new k8s.Provider("cluster", { kubeconfig, context, clusterIdentifier: "test", ...args });
  }

  async stack(name: string, program: PulumiFn = () => Promise.resolve()): Promise<TestStack> {
    const stack = await LocalWorkspace.createOrSelectStack(
      { projectName: "plugin-test", stackName: name, program },
      { envVars: this.envVars, pulumiCommand: this.command },
    );
    return new TestStack(stack, join(this.backend, ".pulumi", "stacks", "plugin-test", `${name}.json`));
  }

  async kubectl(...args: readonly string[]): Promise<string> {
    const { stdout } = await execa(this.kubectlPath, ["--kubeconfig", this.kubeconfig, ...args]);
    return stdout;
  }

  async kubectlInput(input: string, ...args: readonly string[]): Promise<string> {
    const { stdout } = await execa(this.kubectlPath, ["--kubeconfig", this.kubeconfig, ...args], { input });
    return stdout;
  }
}

/** Starts a test bed; its caller closes it. */
export async function startTestBed(): Promise<TestBed> {
  const root = mkdtempSync(join(tmpdir(), "kubernetes-plugin-"));
  const state = stateFolder(root);
  const tools = await ensureTools(["pulumi", "kubectl"], silent);
  const environment = await up(state, silent, { crds: [] });
  await installPlugins(state, silent, { plugins: "stand-ins" });
  mkdirSync(state.backend, { recursive: true });
  const variables = engineEnvironment(state, tools);
  const command = await PulumiCommand.get({ root });
  const { kubeconfig, context } = environment;
  return new TestBed(kubeconfig, context, state.backend, tools.kubectl.path, command, variables, async () => {
    await down(state, silent);
    rmSync(root, { recursive: true, force: true });
  });
}
