import { setTimeout as wait } from "node:timers/promises";
import type { CacheLab } from "./lab";
import type { RespClient } from "./resp";

/** While a server took every write that it was given (milliseconds since the epoch). */
export interface Span {
  readonly pod: number;
  readonly from: number;
  readonly to: number;
}

/** Between two writes to the same server (milliseconds). */
const PACE = 30;

/**
 * Writes to every server all the time, past the proxy and past every cut, and notes when each of them took it. Two servers that took
 * writes at the same time were two writable primaries.
 */
export class WritableWatch {
  readonly spans: Span[] = [];
  #running = true;
  readonly #loops: readonly Promise<void>[];

  constructor(readonly lab: CacheLab) {
    this.#loops = lab.pods.map((pod) => this.#watch(pod));
  }

  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#loops);
  }

  /** The pairs of spans of different servers that have a moment in common. */
  get overlaps(): readonly (readonly [Span, Span])[] {
    const sorted = [...this.spans].sort((one, other) => one.from - other.from);
    return sorted.flatMap((one, index) =>
      sorted
        .slice(index + 1)
        .filter((other) => other.pod !== one.pod && other.from < one.to)
        .map((other) => [one, other] as const),
    );
  }

  async #watch(pod: number): Promise<void> {
    let client: RespClient | undefined;
    let span: Span | undefined;
    let count = 0;
    while (this.#running) {
      const sent = Date.now();
      try {
        client ??= await this.lab.connect(this.lab.realHost(pod));
        count += 1;
        await client.send("SET", `watch:${pod}`, String(count));
        span = { pod, from: span?.from ?? sent, to: Date.now() };
      } catch {
        // Refused, or no answer: whatever it did before, it does not take writes now.
        if (span !== undefined) this.spans.push(span);
        span = undefined;
        if (client?.socket.destroyed === true) client = undefined;
      }
      await wait(PACE);
    }
    if (span !== undefined) this.spans.push(span);
    client?.close();
  }
}

/** Connections that a service writes through at the same time. */
const CONNECTIONS = 4;

/** A service that writes through the proxy all the time, and remembers which of its writes were acknowledged. */
export class Service {
  /** When each acknowledged write was sent, by its number (milliseconds since the epoch). */
  readonly acknowledged = new Map<number, number>();
  #running = true;
  #count = 0;
  readonly #loops: readonly Promise<void>[];

  constructor(readonly lab: CacheLab) {
    this.#loops = [...Array(CONNECTIONS).keys()].map(() => this.#write());
  }

  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#loops);
  }

  /** When the first write was sent that was acknowledged, of those sent after `moment`; nothing: there is none yet. */
  firstAfter(moment: number): number | undefined {
    const later = [...this.acknowledged.values()].filter((sent) => sent > moment);
    return later.length === 0 ? undefined : Math.min(...later);
  }

  /** The longest time without an acknowledged write, from `moment` on (milliseconds). */
  longestGap(moment: number): number {
    const times = [moment, ...[...this.acknowledged.values()].filter((sent) => sent > moment)].sort((a, b) => a - b);
    return Math.max(...times.slice(1).map((sent, index) => sent - (times[index] ?? sent)));
  }

  /** The acknowledged writes that are not there. */
  async lost(): Promise<readonly number[]> {
    const numbers = [...this.acknowledged.keys()];
    const client = await this.lab.connect(this.lab.proxyHost, "service", 5000);
    try {
      const values = (await client.send("MGET", ...numbers.map(key))) as readonly (string | null)[];
      return numbers.filter((_, index) => values[index] === null);
    } finally {
      client.close();
    }
  }

  async #write(): Promise<void> {
    let client: RespClient | undefined;
    while (this.#running) {
      this.#count += 1;
      const [number, sent] = [this.#count, Date.now()];
      try {
        client ??= await this.lab.connect(this.lab.proxyHost, "service", 2000);
        await client.send("SET", key(number), "x");
        this.acknowledged.set(number, sent);
        await wait(4);
      } catch {
        if (client?.socket.destroyed === true) client = undefined;
        await wait(PACE);
      }
    }
    client?.close();
  }
}

const key = (number: number) => `write:${number}`;
