import type { JsonObject } from "../properties";

/** What one look at an object says about its readiness. */
export type Verdict =
  | { readonly state: "ready" }
  /** Not yet. `problem` says that somebody should know the message: it will hardly pass by itself. */
  | { readonly state: "waiting"; readonly message: string; readonly problem?: boolean }
  /** Never: waiting longer changes nothing. */
  | { readonly state: "failed"; readonly message: string };

export const READY: Verdict = { state: "ready" };

export function waiting(message: string): Verdict {
  return { state: "waiting", message };
}

export function problem(message: string): Verdict {
  return { state: "waiting", message, problem: true };
}

/** How a wait looks at the cluster beside the object itself; `namespace` is the object's. */
export interface Look {
  list(
    apiVersion: string,
    kind: string,
    query?: { readonly labelSelector?: string; readonly fieldSelector?: string },
  ): Promise<readonly JsonObject[]>;
  get(apiVersion: string, kind: string, name: string): Promise<JsonObject | undefined>;
}

/** How the readiness of one kind is judged. */
export interface Judge {
  judge(object: JsonObject, look: Look): Verdict | Promise<Verdict>;
  /** The longest wait for this kind, whatever was asked for (seconds). */
  readonly maxSeconds?: number;
}
