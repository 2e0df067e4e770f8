import { rmSync } from "node:fs";
import { join } from "node:path";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { follow } from "../engine/deploy";
import { describeUrn } from "../engine/events";
import { prepareEngine, type PreparedEngine } from "../engine/prepare";
import { openPreview, PLACEHOLDER } from "../engine/preview";
import { UserError } from "../errors";
import type { JsonObject } from "../plugins/kubernetes/properties";
import type { Progress } from "../progress";
import type { StateFolder } from "../state";
import { withLock } from "../toolchain/bootstrap/lock.mjs";
import { type ProgramRun, readRun, type Registered, unwrap } from "./engine-values";
import { refuseLeaks } from "./leaks";
import { type Manifest, toManifests } from "./manifests";
import { withPlaceholders } from "./placeholders";
import { listReleases, type Release, RELEASES_FILE, toReleases } from "./releases";

/** What one stack puts on Kubernetes. */
export interface Render {
  readonly stack: string;
  readonly manifests: readonly Manifest[];
  readonly releases: readonly Release[];
  /** Every file by its path below the render's folder. */
  readonly files: ReadonlyMap<string, string>;
}

export interface RenderOptions {
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** In place of the digits that make an object's name unique; as many characters, so that no name is too long only in earnest. */
const NAMING = { pattern: "${name}-autoname" };

/**
 * Renders stacks as YAML: no cluster, no cloud account and no login, and nothing of theirs is touched.
 *
 * A preview alone does not do: it shows a Secret without its keys, since one unknown value makes the whole of it unknown. So the
 * program runs twice, first in a preview and then through to the end, in a throw-away state and with stand-in plugins only, whose
 * Kubernetes keeps what it is sent. The second run has every field; the first tells which of them a stand-in made up.
 */
export async function renderStacks(
  state: StateFolder,
  stacks: readonly string[],
  options: RenderOptions,
): Promise<readonly Render[]> {
  // No stack can be called so.
  const root = join(state.render, ".engine");
  const own: StateFolder = {
    ...state,
    pulumiHome: join(root, "pulumi"),
    backend: join(root, "backend"),
    projects: join(root, "projects"),
  };
  // Never an official plugin, which would make in earnest what is not Kubernetes.
  const engine = await prepareEngine(own, options.progress, { plugins: "stand-ins" });
  const renders: Render[] = [];
  const work = async () => {
    for (const stack of stacks) renders.push(await renderStack(engine, stack, options));
  };
  await withLock(`${root}.lock`, "rendering stacks", work, {
    onWait: (who) => {
      options.progress.note(who);
    },
    signal: options.signal,
  });
  return renders;
}

async function renderStack(engine: PreparedEngine, name: string, options: RenderOptions): Promise<Render> {
  const { backend, projects } = engine.state;
  const forget = () => {
    for (const folder of [backend, projects]) rmSync(folder, { recursive: true, force: true });
  };
  const title = `Rendering the stack ${name}`;
  const remedy = `npm run render -- --stack ${name}`;
  return options.progress.step(title, async (step) => {
    forget();
    try {
      const stack = await openPreview(engine, { from: name, to: name }, (config) => {
        config["pulumi:autonaming"] = NAMING;
      });
      const foreseen = new Map<string, JsonObject>();
      const onEvent = ({ resourcePreEvent }: EngineEvent) => {
        const inputs = resourcePreEvent?.metadata.new?.inputs as JsonObject | undefined;
        if (inputs !== undefined) foreseen.set(resourcePreEvent?.metadata.urn ?? "", unwrap(inputs));
      };
      await follow(stack, "preview", title, step, { ...options, remedy, onEvent });
      await follow(stack, "up", title, step, { ...options, remedy });
      return toRender(name, readRun(await stack.command(["stack", "export", "--show-secrets"])), foreseen, remedy);
    } finally {
      forget();
    }
  });
}

function toRender(stack: string, run: ProgramRun, foreseen: ReadonlyMap<string, JsonObject>, remedy: string): Render {
  const faults: string[] = [];
  const shown = (items: readonly Registered[]) =>
    items.map(({ urn, inputs }) => {
      const preview = foreseen.get(urn);
      const { value, faults: own } = withPlaceholders(inputs, preview ?? {});
      // What a preview does not have hangs on a value that only a stand-in made up.
      const doubt = preview === undefined ? ["whether it is made at all is not known before the stack runs"] : own;
      faults.push(...doubt.map((fault) => `  ${describeUrn(urn)}: ${fault}`));
      return value;
    });
  const manifests = toManifests(shown(run.objects));
  const releases = toReleases(shown(run.releases));
  if (faults.length > 0) {
    throw new UserError(
      [`The stack ${stack} cannot be rendered, which needs what only its cluster or cloud can tell:`, ...faults].join(
        "\n",
      ),
      `let the program say these values itself (infra, components), then: ${remedy}`,
    );
  }
  const list = listReleases(releases);
  const files = new Map(manifests.map(({ file, yaml }) => [file, yaml]));
  if (list !== undefined) files.set(RELEASES_FILE, list);
  refuseLeaks(files, PLACEHOLDER);
  return { stack, manifests, releases, files };
}
