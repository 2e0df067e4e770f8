import { setTimeout as sleep } from "node:timers/promises";
import { ApiError } from "../api-error";
import { describe, type ObjectRef } from "../objects";
import { text, type JsonObject } from "../properties";
import type { Session } from "../session";
import { judgeOf, timeoutSeconds } from "./judges";
import type { Look, Verdict } from "./verdict";

/** The object is there, but not ready: failed, timed out or interrupted. */
export class NotReadyError extends Error {
  constructor(
    message: string,
    /** The object as it was last seen. */
    readonly live: JsonObject,
  ) {
    super(message);
    this.name = "NotReadyError";
  }
}

export interface Wait {
  readonly urn: string;
  readonly ref: ObjectRef;
  /** The inputs say what to wait for, and how long. */
  readonly inputs: JsonObject;
  /** The object as the server returned it. */
  readonly live: JsonObject;
  /** The resource's own timeout (seconds); 0 for none. */
  readonly timeout: number;
  readonly redact: (message: string) => string;
}

/** Between two looks at an object (milliseconds): short while it is young, as most are ready in a moment. */
export function pollInterval(elapsed: number): number {
  if (elapsed < 1000) return 100;
  return elapsed < 10_000 ? 400 : 1000;
}

/** A reason that lasts this long is shown for good, not just as a passing status (milliseconds); it has to be below 15 s. */
const SHOW_AFTER = 5_000;

/**
 * Waits until an object is ready and returns it as it then is.
 *
 * @throws NotReadyError when it is not, within its time; the message names the reason
 */
export async function waitUntilReady(session: Session, wait: Wait): Promise<JsonObject> {
  const judge = judgeOf(wait.inputs);
  if (judge === undefined) return wait.live;
  const seconds = Math.min(timeoutSeconds(wait.inputs, wait.timeout), judge.maxSeconds ?? Number.POSITIVE_INFINITY);
  const started = Date.now();
  const show = reasonDisplay(session, wait);
  const look = lookFrom(session, wait.ref.namespace);
  let live = wait.live;
  for (let first = true; ; first = false) {
    if (!first) {
      const seen = await session.cluster.get(wait.ref);
      if (seen === undefined) throw new NotReadyError(`${describe(live)} was deleted while it was waited for`, live);
      live = seen;
    }
    const verdict = await judge.judge(live, look);
    if (verdict.state === "ready") {
      show.done();
      return live;
    }
    if (verdict.state === "failed") throw new NotReadyError(wait.redact(`${describe(live)}: ${verdict.message}`), live);
    show.reason(verdict);
    const elapsed = Date.now() - started;
    const rest = seconds * 1000 - elapsed;
    if (rest <= 0) {
      throw new NotReadyError(
        wait.redact(`${describe(live)} is not ready after ${seconds} s: ${verdict.message}`),
        live,
      );
    }
    const cut = await interruptibleSleep(Math.min(pollInterval(elapsed), rest), session.cancelled);
    if (cut) {
      throw new NotReadyError(
        wait.redact(`the wait for ${describe(live)} was interrupted; it is not ready yet: ${verdict.message}`),
        live,
      );
    }
  }
}

/** One look at an object, without waiting: what it lacks, or undefined when it is ready. */
export async function lookOnce(session: Session, inputs: JsonObject, live: JsonObject): Promise<string | undefined> {
  const namespace = text(live, "metadata", "namespace");
  const verdict = (await judgeOf(inputs)?.judge(live, lookFrom(session, namespace))) ?? { state: "ready" };
  return verdict.state === "ready" ? undefined : verdict.message;
}

/** Sleeps; true when the signal cut it short. */
export async function interruptibleSleep(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return true;
  try {
    await sleep(milliseconds, undefined, { signal });
    return false;
  } catch {
    return true;
  }
}

/** Looks into the namespace of an object. What its owner may not read is simply not seen: reasons are a courtesy. */
function lookFrom(session: Session, namespace: string | undefined): Look {
  const tolerate = <T>(nothing: T) => {
    return (error: unknown): T => {
      if (error instanceof ApiError && (error.code === 403 || error.code === 404)) return nothing;
      throw error;
    };
  };
  return {
    list: (apiVersion, kind, query) =>
      session.cluster.list(apiVersion, kind, namespace ?? "default", query).catch(tolerate<JsonObject[]>([])),
    get: (apiVersion, kind, name) =>
      session.cluster.get({ apiVersion, kind, name, namespace }).catch(tolerate<JsonObject | undefined>(undefined)),
  };
}

/** Shows each new reason as a status line, and for good, once, when it is a problem that lasts. */
function reasonDisplay(session: Session, wait: Wait) {
  let current = "";
  const firstSeen = new Map<string, number>();
  const kept = new Set<string>();
  return {
    reason(verdict: Extract<Verdict, { state: "waiting" }>) {
      const message = wait.redact(`waiting: ${verdict.message}`);
      if (message !== current) session.log.status(wait.urn, message);
      current = message;
      if (verdict.problem !== true) return;
      // Names of pods and counts change while the trouble stays the same.
      const trouble = message.replace(/"[^"]*"|\d+/g, "");
      const since = firstSeen.get(trouble) ?? Date.now();
      firstSeen.set(trouble, since);
      if (kept.has(trouble) || Date.now() - since < SHOW_AFTER) return;
      kept.add(trouble);
      session.log.warning(wait.urn, wait.redact(`${describe(wait.live)} is not ready yet: ${verdict.message}`));
    },
    done() {
      if (current !== "") session.log.status(wait.urn, "");
    },
  };
}
