import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { parseAllDocuments } from "yaml";
import { ExitCode, UserError } from "../errors";
import { isObject, type Json, type JsonObject } from "../plugins/kubernetes/properties";
import type { Release } from "../render/releases";

/** The Kubernetes that charts are rendered for; some leave things out for an older one. */
const KUBERNETES = "1.34.0";

/** Every object that a release makes, hooks and CRDs included. */
export async function renderChart(
  helm: string,
  release: Release,
  signal?: AbortSignal,
): Promise<readonly JsonObject[]> {
  const text = await withFolder(async (folder) => {
    const values = join(folder, "values.json");
    await writeFile(values, JSON.stringify(release.values));
    return run(helm, release, folder, signal, [
      ...["template", release.name, release.chart, "--version", release.version],
      ...["--namespace", release.namespace, "--values", values, "--include-crds", "--kube-version", KUBERNETES],
    ]);
  });
  return parseAllDocuments(text)
    .map((document) => document.toJS() as Json)
    .filter((object): object is JsonObject => isObject(object) && "kind" in object);
}

/** The CRDs of a chart's `crds/` folder, which Helm installs once and never upgrades. */
export async function chartCrds(helm: string, release: Release, signal?: AbortSignal): Promise<string> {
  return withFolder((folder) =>
    run(helm, release, folder, signal, ["show", "crds", release.chart, "--version", release.version]),
  );
}

async function run(
  helm: string,
  { name, chart, version, repository }: Release,
  folder: string,
  signal: AbortSignal | undefined,
  args: readonly string[],
): Promise<string> {
  try {
    const { stdout } = await execa(helm, [...args, ...(repository === undefined ? [] : ["--repo", repository])], {
      // No settings, repositories or plugins of the user's own Helm.
      env: {
        HELM_CACHE_HOME: join(folder, "cache"),
        HELM_CONFIG_HOME: join(folder, "config"),
        HELM_DATA_HOME: join(folder, "data"),
      },
      ...(signal === undefined ? {} : { cancelSignal: signal }),
      // CRDs alone can be megabytes.
      maxBuffer: 100_000_000,
    });
    return stdout;
  } catch (error) {
    if (signal?.aborted === true) throw error;
    const said = (error as { readonly stderr?: string }).stderr ?? "";
    const reason =
      said
        .trim()
        .split("\n")
        .at(-1)
        ?.replace(/^Error: /, "") ?? "";
    throw new UserError(
      `The chart of ${name} (${chart} ${version}${repository === undefined ? "" : ` from ${repository}`}) cannot be rendered here: ${reason}`,
      "run it where the chart's repository can be reached",
      ExitCode.refused,
      { cause: error },
    );
  }
}

async function withFolder<Result>(use: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "charts-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
