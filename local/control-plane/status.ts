import type { StateFolder } from "../state";
import { readSettings, simulated } from "./environment";
import { probe } from "./health";
import { contextName } from "./kubeconfig";
import { nodePlans } from "./nodes";
import { partNames, partSpecs, type PartName } from "./parts";
import { loadPki, type Pki } from "./pki";
import { loopback, type PortTable } from "./ports";
import { runningProcess } from "./processes";

interface PartStatus {
  readonly name: PartName;
  readonly role: string;
  /** `hanging` is a process that runs and does not answer. */
  readonly condition: "healthy" | "hanging" | "stopped";
  readonly port: number;
  readonly pid?: number;
  readonly version?: string;
  /** ISO 8601. */
  readonly since?: string;
}

export interface Status {
  /** `degraded`: some parts run and some do not. */
  readonly condition: "absent" | "stopped" | "degraded" | "running";
  readonly state: string;
  readonly parts: readonly PartStatus[];
  readonly apiServer?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly clusterId?: string;
  readonly nodes: readonly { readonly name: string; readonly zone: string }[];
  readonly simulated: readonly string[];
}

/** What runs of the embedded environment now. It changes nothing. */
export async function status(state: StateFolder): Promise<Status> {
  const settings = readSettings(state);
  const pki = loadPki(state.pki);
  if (settings === undefined || pki === undefined) {
    return { condition: "absent", state: state.root, parts: [], nodes: [], simulated };
  }
  const parts = await Promise.all(partNames.map((name) => partStatus(state, settings.ports, pki, name)));
  return {
    condition: overall(parts),
    state: state.root,
    parts,
    apiServer: `https://${loopback}:${settings.ports.apiServer}`,
    kubeconfig: state.kubeconfig,
    context: contextName,
    ...(settings.clusterId === undefined ? {} : { clusterId: settings.clusterId }),
    nodes: nodePlans,
    simulated,
  };
}

function overall(parts: readonly PartStatus[]): Status["condition"] {
  if (parts.every(({ condition }) => condition === "healthy")) return "running";
  return parts.every(({ condition }) => condition === "stopped") ? "stopped" : "degraded";
}

async function partStatus(state: StateFolder, ports: PortTable, pki: Pki, name: PartName): Promise<PartStatus> {
  const spec = partSpecs(state, ports, pki)[name];
  const process = runningProcess(state, name);
  const base = { name, role: spec.role, port: ports[spec.ports[0]] };
  if (process === undefined) return { ...base, condition: "stopped" };
  const { pid, version, since } = process;
  const [authority, client] =
    name === "etcd" ? [pki.etcdAuthority, pki.certificates["etcd-client"]] : [pki.authority, pki.certificates.admin];
  const healthy = await probe(spec.health, authority, client);
  return { ...base, condition: healthy ? "healthy" : "hanging", pid, version, since };
}
