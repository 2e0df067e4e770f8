/** What one run of something took. */
export interface Sample {
  readonly seconds: number;
  /** The most memory that the program's process had, where there is one. */
  readonly megabytes?: number;
}

/** Two things measured one right after the other, so that a change of the machine's mood hits both. */
export interface Pair {
  readonly subject: Sample;
  readonly baseline: Sample;
}

/** What the issue asks of a figure; the median is judged. */
export interface Target {
  readonly quantity: "seconds" | "megabytes" | "ratio";
  readonly atMost: number;
}

/** One thing against another, pair by pair. */
export interface Comparison {
  readonly subject: string;
  readonly baseline: string;
  readonly pairs: readonly Pair[];
  readonly targets?: readonly Target[];
}

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** The middle value; of an even number of values the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  if (low === undefined || high === undefined) throw new RangeError("there is no median of no values");
  return (low + high) / 2;
}

export function spread(values: readonly number[]): Spread {
  return { min: Math.min(...values), median: median(values), max: Math.max(...values) };
}

/** How many times as long the subject took, pair by pair: the median of ratios, not the ratio of medians. */
export function timeRatio(pairs: readonly Pair[]): Spread {
  return spread(pairs.map(({ subject, baseline }) => subject.seconds / baseline.seconds));
}

/** How many times as much memory; undefined where a side has no memory of its own. */
export function memoryRatio(pairs: readonly Pair[]): Spread | undefined {
  const ratios = pairs.flatMap(({ subject, baseline }) =>
    subject.megabytes === undefined || baseline.megabytes === undefined ? [] : [subject.megabytes / baseline.megabytes],
  );
  return ratios.length === pairs.length && ratios.length > 0 ? spread(ratios) : undefined;
}

export function medianSeconds(samples: readonly Sample[]): number {
  return median(samples.map(({ seconds }) => seconds));
}

export function medianMegabytes(samples: readonly Sample[]): number | undefined {
  const known = samples.flatMap(({ megabytes }) => megabytes ?? []);
  return known.length === 0 ? undefined : median(known);
}

/** The figure that a target is about; undefined when it was not measured. */
export function achieved({ pairs }: Comparison, { quantity }: Target): number | undefined {
  const subjects = pairs.map(({ subject }) => subject);
  if (quantity === "ratio") return timeRatio(pairs).median;
  return quantity === "seconds" ? medianSeconds(subjects) : medianMegabytes(subjects);
}
