/** Processor time as Kubernetes writes it: `100m` is a tenth of a core, `2` is two cores. */
export type Cpu = `${number}m` | `${number}`;

/** Memory or storage in powers of 1024, as Kubernetes writes it. */
export type Bytes = `${number}${"Ki" | "Mi" | "Gi" | "Ti"}`;

/** A length of time with its unit spelt out. */
export type Duration =
  `${number} ${"ms" | "s" | "second" | "seconds" | "minute" | "minutes" | "hour" | "hours" | "day" | "days"}`;

const CPU = /^(\d+(?:\.\d{1,3})?|\d+m)$/;
const BYTES = /^(\d+)(Ki|Mi|Gi|Ti)$/;
const DURATION = /^(\d+) (ms|s|seconds?|minutes?|hours?|days?)$/;

const BYTES_IN = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 } as const;

const MILLISECONDS_IN: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

export function isCpu(text: string): text is Cpu {
  return CPU.test(text) && Number.parseFloat(text) > 0;
}

export function isBytes(text: string): text is Bytes {
  return BYTES.test(text) && Number.parseInt(text, 10) > 0;
}

export function isDuration(text: string): text is Duration {
  return DURATION.test(text);
}

/** Thousandths of a core. */
export function millicores(cpu: Cpu): number {
  if (!isCpu(cpu)) throw new RangeError(`${String(cpu)} is no amount of CPU, such as 100m or 2`);
  return cpu.endsWith("m") ? Number.parseInt(cpu, 10) : Math.round(Number.parseFloat(cpu) * 1000);
}

export function bytes(amount: Bytes): number {
  const [, count, unit] = BYTES.exec(amount) ?? [];
  if (count === undefined || unit === undefined) {
    throw new RangeError(`${amount} is no amount of memory, such as 512Mi or 2Gi`);
  }
  return Number.parseInt(count, 10) * BYTES_IN[unit as keyof typeof BYTES_IN];
}

export function milliseconds(duration: Duration): number {
  const [, count, unit] = DURATION.exec(duration) ?? [];
  const factor = MILLISECONDS_IN[unit ?? ""] ?? MILLISECONDS_IN[(unit ?? "").replace(/s$/, "")];
  if (count === undefined || factor === undefined) {
    throw new RangeError(`${duration} is no duration, such as 30 s or 90 days`);
  }
  return Number.parseInt(count, 10) * factor;
}

/** Whole seconds, rounded up: a limit must never come out shorter than it was asked for. */
export function seconds(duration: Duration): number {
  return Math.ceil(milliseconds(duration) / 1000);
}

/** Whole days, rounded down: data is never promised to be kept longer than it was asked for. */
export function days(duration: Duration): number {
  return Math.floor(milliseconds(duration) / 86_400_000);
}

/** The form in which the API server gives a quantity back, so that a diff against the live object stays empty. */
export function formatCpu(amount: number): Cpu {
  return amount % 1000 === 0 ? `${amount / 1000}` : `${Math.ceil(amount)}m`;
}

/** As `formatCpu`; rounds up to a whole mebibyte. */
export function formatBytes(amount: number): Bytes {
  const mebibytes = Math.ceil(amount / BYTES_IN.Mi);
  return mebibytes % 1024 === 0 ? `${mebibytes / 1024}Gi` : `${mebibytes}Mi`;
}
