import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { execa } from "execa";
import { checkCluster, reset, up, type Environment } from "../../local/control-plane";
import { EngineStack, type Operation } from "../../local/engine/engine";
import { prepareEngine, type PreparedEngine } from "../../local/engine/prepare";
import { deriveProject } from "../../local/engine/project";
import { stateFolder } from "../../local/state";
import { ensureTools } from "../../local/toolchain";
import { withoutAddons } from "./second-stack";
import { silent } from "./silent";

type Config = Record<string, unknown>;

/** A change that the engine made or would make; resources left as they are do not appear. */
export interface Change {
  readonly op: string;
  /** `Deployment monitoring-web-service-blue`: kind and Kubernetes name or, for other resources, Pulumi name. */
  readonly resource: string;
  /** The paths that differ. */
  readonly paths: readonly string[];
}

export interface Run {
  readonly changes: readonly Change[];
  /** `error` diagnostics, with their resource's description before them. */
  readonly errors: readonly string[];
  /** Every message that was shown while it ran. */
  readonly messages: readonly string[];
}

export class TestStack {
  readonly #open: () => Promise<EngineStack>;
  readonly #write: (edit: (config: Config) => void) => Promise<string>;
  #stack: Promise<EngineStack> | undefined;

  constructor(
    readonly name: string,
    readonly namespace: string,
    readonly cluster: Embedded,
    open: () => Promise<EngineStack>,
    write: (edit: (config: Config) => void) => Promise<string>,
  ) {
    this.#open = open;
    this.#write = write;
  }

  /** Replaces the configuration: that of Pulumi.local.yaml with this change. Keys are without the project's prefix. */
  async configure(edit: (config: Config) => void): Promise<void> {
    await this.#write(edit);
  }

  get engine(): Promise<EngineStack> {
    this.#stack ??= this.#open();
    return this.#stack;
  }

  up(): Promise<Run> {
    return this.#run("up");
  }

  preview(): Promise<Run> {
    return this.#run("preview");
  }

  refresh(): Promise<Run> {
    return this.#run("refresh");
  }

  destroy(): Promise<Run> {
    return this.#run("destroy");
  }

  /** kubectl in the stack's namespace; its standard output. */
  kubectl(...args: readonly string[]): Promise<string> {
    return this.cluster.kubectl("--namespace", this.namespace, ...args);
  }

  async #run(operation: Operation): Promise<Run> {
    const stack = await this.engine;
    const changes: Change[] = [];
    const errors: string[] = [];
    const messages: string[] = [];
    const onEvent = (event: EngineEvent) => {
      // A refresh announces every resource as "refresh" and tells only afterwards what it found.
      const metadata = (operation === "refresh" ? event.resOutputsEvent : event.resourcePreEvent)?.metadata;
      if (metadata !== undefined && metadata.op !== "same" && metadata.type !== "pulumi:pulumi:Stack") {
        const name = metadata.urn.split("::").at(-1) ?? "";
        const kind = metadata.type.split(":").at(-1) ?? "";
        changes.push({ op: metadata.op, resource: `${kind} ${name}`, paths: metadata.diffs ?? [] });
      }
      if (event.diagnosticEvent !== undefined) {
        const { severity, message, urn } = event.diagnosticEvent;
        const text = message.replaceAll(/<\{%[^%]*%\}>/g, "").trim();
        messages.push(text);
        if (severity === "error") errors.push(`${urn?.split("::").at(-1) ?? ""}: ${text}`);
      }
    };
    try {
      await stack.run(operation, { onEvent });
    } catch (error) {
      if (errors.length === 0) throw error;
    }
    return { changes, errors, messages };
  }
}

/** One embedded cluster for all end-to-end tests of a run, in a state folder of its own; stopped after the last of them. */
export class Embedded {
  constructor(
    readonly environment: Environment,
    readonly prepared: PreparedEngine,
    readonly kubectlPath: string,
  ) {}

  async kubectl(...args: readonly string[]): Promise<string> {
    const { kubeconfig, context } = this.environment;
    const { stdout } = await execa(this.kubectlPath, ["--kubeconfig", kubeconfig, "--context", context, ...args]);
    return stdout;
  }

  /**
   * A stack of this checkout's program with a namespace of its own. It leaves out the add-ons: tests of `npm start` have them, and the
   * embedded cluster has their CRDs in any case.
   *
   * @param edit changes the configuration of Pulumi.local.yaml; keys are without the project's prefix
   */
  async stack(name: string, edit: (config: Config) => void = () => undefined): Promise<TestStack> {
    const { state } = this.prepared;
    const namespace = `mws-${name}`;
    const write = (change: (config: Config) => void) =>
      deriveProject(state, name, { from: "local", to: name }, (prefixed) => {
        const config = withoutPrefix(prefixed);
        config["namespace"] = namespace;
        withoutAddons(config);
        config["cluster"] = {
          kind: "existing",
          kubeconfig: this.environment.kubeconfig,
          context: this.environment.context,
        };
        change(config);
        for (const [key, value] of Object.entries(config))
          prefixed[key.includes(":") ? key : `${PREFIX}${key}`] = value;
      });
    const workDir = await write(edit);
    return new TestStack(name, namespace, this, () => EngineStack.open(name, { ...this.prepared, workDir }), write);
  }
}

const PREFIX = "monitoring-web-service:";

function withoutPrefix(config: Config): Config {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key.startsWith(PREFIX) ? key.slice(PREFIX.length) : key, value]),
  );
}

let shared: Promise<Embedded> | undefined;

/** The cluster that the end-to-end tests share; the first that asks starts it. */
export function embedded(): Promise<Embedded> {
  shared ??= start();
  return shared;
}

async function start(): Promise<Embedded> {
  const state = stateFolder(await mkdtemp(join(tmpdir(), "monitoring-e2e-")));
  const prepared = await prepareEngine(state, silent);
  const { kubectl } = await ensureTools(["kubectl"], silent);
  const environment = await up(state, silent);
  await checkCluster(environment.kubeconfig, environment.context, environment.clusterId);
  return new Embedded(environment, prepared, kubectl.path);
}

after(async function stopSharedCluster() {
  this.timeout(30_000);
  if (shared === undefined) return;
  const { state } = (await shared).prepared;
  await reset(state, silent);
  await rm(state.root, { recursive: true, force: true });
});
