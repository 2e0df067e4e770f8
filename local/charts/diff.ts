import { isDeepStrictEqual } from "node:util";
import type { Progress } from "../progress";
import type { Release } from "../render/releases";
import { compareCharts } from "./compare";
import { renderChart } from "./helm";
import type { ReleaseChange } from "./report";

/** What differs between two lists of releases. Only charts that differ are rendered, so where none does no repository is asked. */
export async function diffReleases(
  before: readonly Release[],
  after: readonly Release[],
  helm: () => Promise<string>,
  progress: Progress,
  signal?: AbortSignal,
): Promise<readonly ReleaseChange[]> {
  const changes: ReleaseChange[] = [];
  for (const name of [...new Set([...before, ...after].map((release) => release.name))].sort()) {
    const from = before.find((release) => release.name === name);
    const to = after.find((release) => release.name === name);
    if (isDeepStrictEqual(from, to)) continue;
    if (from === undefined || to === undefined) {
      changes.push({ name, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) });
      continue;
    }
    const program = await helm();
    const objects = await progress.step(`Rendering the chart of ${name}, before and after`, async () => [
      await renderChart(program, from, signal),
      await renderChart(program, to, signal),
    ]);
    changes.push({ name, from, to, change: compareCharts(name, objects[0] ?? [], objects[1] ?? []) });
  }
  return changes;
}
