import type { Cluster } from "./cluster";
import type { Log } from "./engine";
import type { Settings } from "./settings";

/** What every operation of one configured provider works with. */
export interface Session {
  readonly settings: Settings;
  /** The namespace of namespaced objects that name none. */
  readonly defaultNamespace: string;
  readonly cluster: Cluster;
  readonly log: Log;
  /** Aborted when the engine cancels: waits end, and what they waited for stays in the state. */
  readonly cancelled: AbortSignal;
  /** Lines that were shown already; a warning of the server comes with each request. */
  readonly shown: Set<string>;
}
