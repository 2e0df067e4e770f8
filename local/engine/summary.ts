import { z } from "zod";
import type { PluginReport } from "../plugins";

/** What the summary reads of the stack's outputs: their contract is infra/outputs.ts. */
const outputsSchema = z.looseObject({
  namespace: z.string(),
  endpoints: z.looseObject({ public: z.string(), preview: z.string().optional() }),
  release: z.looseObject({
    active: z.string(),
    colours: z.record(z.string(), z.looseObject({ version: z.string() })),
  }),
});

export interface SummaryOptions {
  readonly stack: string;
  readonly outputs: unknown;
  readonly plugins: readonly PluginReport[];
  /** What the embedded cluster only simulates; empty on a cluster of the user's own. */
  readonly simulated: readonly string[];
  /** How kubectl reaches the cluster. */
  readonly kubectl: string;
  readonly undo: string;
}

/** What `npm start` says at its end: what runs, what is simulated, how to look, what comes next. */
export function renderSummary(options: SummaryOptions): string {
  const { endpoints, namespace, release } = outputsSchema.parse(options.outputs);
  const releases = Object.entries(release.colours).map(
    ([colour, { version }]) => `${colour} ${version} (${colour === release.active ? "active" : "idle"})`,
  );
  const simulated = [
    ...options.simulated,
    ...options.plugins
      .filter(({ kind }) => kind === "stand-in")
      .map(({ name, simulates }) => `plugin ${name}: ${simulates}`),
  ];
  return [
    `The stack ${options.stack} is up.`,
    ...section("Colours", releases),
    ...section("Endpoints", [
      endpoints.public,
      ...(endpoints.preview === undefined ? [] : [`${endpoints.preview} (preview)`]),
    ]),
    ...section("Simulated", simulated),
    ...section("Look", [`${options.kubectl} -n ${namespace} get deployments,pods,services,ingresses`]),
    ...section("Next", ["change Pulumi.local.yaml and run `npm start` again", `undo everything: ${options.undo}`]),
  ].join("\n");
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`  ${title}:`, ...lines.map((line) => `    ${line}`)];
}
