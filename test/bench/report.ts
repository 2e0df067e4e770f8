import {
  achieved,
  medianMegabytes,
  medianSeconds,
  memoryRatio,
  timeRatio,
  type Comparison,
  type Target,
} from "./statistics";

/** What was measured together, under one heading. */
export interface Section {
  readonly name: string;
  readonly title: string;
  readonly comparisons: readonly Comparison[];
}

/** Where absolute figures hold, and nowhere else. */
export interface Machine {
  readonly date: string;
  readonly processor: string;
  readonly processors: number;
  readonly memoryGigabytes: number;
  readonly platform: string;
  readonly node: string;
  /** Processes that ran or waited to, on average over the minute before the first measurement. */
  readonly loadBefore: number;
}

export interface Report {
  readonly machine: Machine;
  readonly runs: number;
  readonly sections: readonly Section[];
}

/** Above this, other work takes the processors away from what is measured. */
export const QUIET_LOAD = 2;

const HEADINGS = ["", "AGAINST", "RATIO", "MIN", "MAX", "MEDIAN", "AGAINST", "MEMORY", "AGAINST", "TARGET"];

/** The report as a person reads it: one table for each section, then what the figures are worth. */
export function renderReport({ machine, runs, sections }: Report): string {
  const tables = sections.map(({ title, comparisons }) =>
    [title, ...table([HEADINGS, ...comparisons.map(row)]).map((line) => `  ${line}`)].join("\n"),
  );
  return [...tables, conditions(machine, runs)].join("\n\n");
}

function row(comparison: Comparison): string[] {
  const { subject, baseline, pairs, targets = [] } = comparison;
  const ratio = timeRatio(pairs);
  const [subjects, baselines] = [pairs.map((pair) => pair.subject), pairs.map((pair) => pair.baseline)];
  return [
    subject,
    baseline,
    ...[ratio.median, ratio.min, ratio.max].map(times),
    seconds(medianSeconds(subjects)),
    seconds(medianSeconds(baselines)),
    megabytes(medianMegabytes(subjects)),
    megabytes(medianMegabytes(baselines)),
    targets.map((target) => judgement(comparison, target)).join(", "),
  ];
}

function judgement(comparison: Comparison, target: Target): string {
  const figure = achieved(comparison, target);
  const wanted = { seconds, megabytes, ratio: times }[target.quantity](target.atMost);
  if (figure === undefined) return `${wanted}: not measured`;
  return `${wanted}: ${figure <= target.atMost ? "met" : "MISSED"}`;
}

function times(value: number): string {
  return `${value.toFixed(2)}x`;
}

function seconds(value: number): string {
  return `${value.toFixed(2)} s`;
}

function megabytes(value: number | undefined): string {
  return value === undefined ? "-" : `${Math.round(value)} MB`;
}

function conditions(machine: Machine, runs: number): string {
  const { date, processor, processors, memoryGigabytes, platform, node, loadBefore } = machine;
  const lines = [
    `Medians of ${runs} ${runs === 1 ? "run" : "runs"}; a ratio is that of each pair, measured one after the other. Ratios can be`,
    "compared between machines; seconds and megabytes are of this machine only:",
    `${date}, ${processors} x ${processor}, ${memoryGigabytes} GB, ${platform}, Node ${node}, load ${loadBefore.toFixed(1)} before.`,
  ];
  if (loadBefore > QUIET_LOAD)
    lines.push(
      `The machine was busy (load above ${QUIET_LOAD}): trust the ratios at most, and measure again when it is quiet.`,
    );
  return lines.join("\n");
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  return rows.map((cells) =>
    cells
      // Names to the left, figures to the right.
      .map((cell, column) =>
        column < 2 || column === HEADINGS.length - 1
          ? cell.padEnd(widths[column] ?? 0)
          : cell.padStart(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  );
}

/** The report for a program: the medians and, for other statistics, every pair. */
export function reportJson({ machine, runs, sections }: Report): object {
  return {
    machine,
    runs,
    sections: sections.map(({ name, title, comparisons }) => ({
      name,
      title,
      comparisons: comparisons.map((comparison) => ({
        subject: comparison.subject,
        baseline: comparison.baseline,
        timeRatio: timeRatio(comparison.pairs),
        memoryRatio: memoryRatio(comparison.pairs),
        targets: (comparison.targets ?? []).map((target) => ({ ...target, achieved: achieved(comparison, target) })),
        pairs: comparison.pairs,
      })),
    })),
  };
}
