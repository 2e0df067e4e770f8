import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import { ExitCode, UserError } from "../errors";
import type { StateFolder } from "../state";
import { isErrno, readJson, temporaryPrefix, writeAtomically } from "./files";
import type { PartName } from "./parts";
import { portTable, type PortTable } from "./ports";

/** A running embedded environment. */
export interface Environment {
  readonly state: StateFolder;
  readonly kubeconfig: string;
  readonly context: string;
  /** The API server's URL. */
  readonly apiServer: string;
  /** The uid of the namespace kube-system: another cluster has another one. */
  readonly clusterId: string;
  readonly nodes: readonly { readonly name: string; readonly zone: string }[];
  readonly ports: PortTable;
  /** What this `up` had to start; empty when everything was running. */
  readonly startedParts: readonly PartName[];
  readonly versions: Readonly<Record<PartName, string>>;
  /** What is not real here, one sentence each. */
  readonly simulated: readonly string[];
}

/** What of the environment is only simulated, for everybody who shows it. */
export const simulated: readonly string[] = [
  "nodes and pods: kwok reports them as running, no container ever starts, so nothing answers and there are no logs",
  "network policies: the API server checks them, nothing enforces them",
  "load balancers and ingresses: they get the address 127.0.0.1, nothing listens there",
  "volumes: claims are bound to volumes that hold no data",
  "operators (cert-manager, CloudNativePG, External Secrets, Prometheus, Gateway API): their objects get a ready status, nothing acts on them",
  "NGINX policies: their CRD is a stand-in with the parts that the stack uses, nothing enforces them",
];

const MARKER = "monitoring-web-service/local-environment";

/** What is remembered between starts, in `<state>/environment.json`; it also marks the folder as ours. */
const settings = z.object({
  kind: z.literal(MARKER),
  ports: portTable,
  clusterId: z.string().optional(),
});

export type Settings = z.infer<typeof settings>;

function settingsFile(state: StateFolder): string {
  return join(state.root, "environment.json");
}

export function lockFolder(state: StateFolder): string {
  return join(state.root, "lock");
}

export function readSettings(state: StateFolder): Settings | undefined {
  const parsed = settings.safeParse(readJson(settingsFile(state)));
  return parsed.success ? parsed.data : undefined;
}

export function writeSettings(state: StateFolder, ports: PortTable, clusterId: string | undefined): Settings {
  const next: Settings = { kind: MARKER, ports, ...(clusterId === undefined ? {} : { clusterId }) };
  writeAtomically(settingsFile(state), JSON.stringify(next, undefined, 2));
  return next;
}

/**
 * Whether a folder is an environment's: it says so itself, or it holds nothing else than what a start that was killed early
 * (or the engine's preparation before it) leaves behind.
 */
export function isOwnFolder(state: StateFolder): boolean {
  if (readSettings(state) !== undefined) return true;
  const { root, ...own } = state;
  const known = new Set(Object.values<string>({ ...own, lock: lockFolder(state) }).map((path) => basename(path)));
  return entriesOf(root).every((name) => known.has(name) || name.startsWith(temporaryPrefix));
}

/**
 * Refuses a folder that holds other things than an environment's: `LOCAL_STATE` set to somebody's home, say.
 *
 * @throws UserError
 */
export function requireOwnFolder(state: StateFolder): void {
  if (isOwnFolder(state)) return;
  throw new UserError(
    `${state.root} holds other files than those of an embedded environment`,
    "set LOCAL_STATE to an empty or a new folder",
    ExitCode.refused,
  );
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  }
}
