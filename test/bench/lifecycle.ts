import { execa } from "execa";
import { up } from "../../local/control-plane";
import { EngineStack } from "../../local/engine/engine";
import { deriveProject } from "../../local/engine/project";
import { ensureTools } from "../../local/toolchain";
import { measureOperation, secondsOf } from "./engine-run";
import type { Laboratory } from "./laboratory";
import { manifestsOf, type Manifest } from "./manifests";
import type { Comparison, Sample, Target } from "./statistics";
import { inRounds, type Suite } from "./suite";

const NAMESPACE = "monitoring-bench";

/** Issue 3: "First `up` at most 3x `kubectl apply` of the same objects", "no-op preview < 8 s". */
const UP_TARGET: Target = { quantity: "ratio", atMost: 3 };
const PREVIEW_TARGET: Target = { quantity: "seconds", atMost: 8 };

type Kubectl = (args: readonly string[], options?: { readonly input?: string }) => Promise<unknown>;

/** The stack on the embedded cluster through the engine, against kubectl with the same objects on the same cluster. */
export const lifecycle: Suite = {
  title: "The stack local on the embedded cluster, against kubectl with the same objects",
  secondsBefore: 35,
  secondsPerRound: 35,
  async run(laboratory, rounds) {
    const { engine, context } = laboratory;
    rounds.show("starting a cluster");
    const { kubectl: tool } = await ensureTools(["kubectl"], context.progress);
    const cluster = await up(engine.state, context.progress, { signal: context.signal });
    const kubectl: Kubectl = (args, options = {}) =>
      execa(tool.path, ["--kubeconfig", cluster.kubeconfig, "--context", cluster.context, ...args], {
        ...options,
        cancelSignal: context.signal,
      }).catch((error: unknown) => {
        context.signal.throwIfAborted();
        throw error;
      });
    const stack = await openStack(laboratory, cluster.kubeconfig, cluster.context);

    rounds.show("warming up");
    let objects: readonly Manifest[] = [];
    await throughEngine(laboratory, stack, async () => {
      objects = manifestsOf(await stack.command(["stack", "export", "--show-secrets"]));
    });
    await throughKubectl(kubectl, objects);

    const measured = await inRounds(laboratory, rounds, async () => ({
      engine: await throughEngine(laboratory, stack),
      kubectl: await throughKubectl(kubectl, objects),
    }));
    const compare = (
      subject: keyof EngineFigures,
      baseline: keyof KubectlFigures,
      targets: readonly Target[] = [],
    ) => ({
      subject: `pulumi ${subject}`,
      baseline: `kubectl ${baseline}`,
      pairs: measured.map((round) => ({ subject: round.engine[subject], baseline: round.kubectl[baseline] })),
      targets,
    });
    const comparisons: readonly Comparison[] = [
      compare("up, first", "apply", [UP_TARGET]),
      compare("up, first", "apply, until all is rolled out"),
      compare("preview, no changes", "diff", [PREVIEW_TARGET]),
      compare("destroy", "delete"),
    ];
    return comparisons;
  },
};

async function openStack({ engine }: Laboratory, kubeconfig: string, context: string): Promise<EngineStack> {
  const workDir = await deriveProject(engine.state, "bench", { from: "local", to: "bench" }, (config) => {
    config["monitoring-web-service:namespace"] = NAMESPACE;
    config["monitoring-web-service:cluster"] = { kind: "existing", kubeconfig, context };
  });
  return EngineStack.open("bench", { ...engine, workDir });
}

type EngineFigures = Readonly<Record<"up, first" | "preview, no changes" | "destroy", Sample>>;

async function throughEngine(
  laboratory: Laboratory,
  stack: EngineStack,
  whileUp: () => Promise<void> = () => Promise.resolve(),
): Promise<EngineFigures> {
  const first = await measureOperation(laboratory, stack, "up");
  await whileUp();
  const preview = await measureOperation(laboratory, stack, "preview");
  const { same, ...others } = preview.changes;
  if (same === undefined || Object.keys(others).length > 0) {
    throw new Error(`a preview right after an up wants changes: ${JSON.stringify(others)}`);
  }
  const destroy = await measureOperation(laboratory, stack, "destroy");
  return { "up, first": first.whole, "preview, no changes": preview.whole, destroy: destroy.whole };
}

type KubectlFigures = Readonly<Record<"apply" | "apply, until all is rolled out" | "diff" | "delete", Sample>>;

async function throughKubectl(kubectl: Kubectl, objects: readonly Manifest[]): Promise<KubectlFigures> {
  const input = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
  const deployments = objects.filter(({ kind }) => kind === "Deployment");
  const apply = await secondsOf(() => kubectl(["apply", "--server-side", "-f", "-"], { input }));
  const rollout = await secondsOf(async () => {
    for (const { metadata } of deployments) {
      await kubectl([
        "rollout",
        "status",
        `deployment/${metadata.name}`,
        "--namespace",
        metadata.namespace ?? "default",
      ]);
    }
  });
  // It ends with 1 when something differs, which would be another measurement.
  const diff = await secondsOf(() => kubectl(["diff", "--server-side", "-f", "-"], { input }));
  const gone = await secondsOf(() => kubectl(["delete", "-f", "-"], { input }));
  return {
    apply: { seconds: apply },
    "apply, until all is rolled out": { seconds: apply + rollout },
    diff: { seconds: diff },
    delete: { seconds: gone },
  };
}
