import { createHash } from "node:crypto";
import { chmodSync, existsSync } from "node:fs";
import { z } from "zod";
import { ExitCode, UserError } from "../errors";
import type { Progress } from "../progress";
import type { StateFolder } from "../state";
import { ensureCrds, ensureTools, kwokStages } from "../toolchain";
import { Api } from "./api";
import { readCrds, standInCrdFiles, type CrdSet } from "./crds";
import {
  lockFolder,
  readSettings,
  requireOwnFolder,
  simulated,
  writeSettings,
  type Environment,
  type Settings,
} from "./environment";
import { makePrivateFolder, readIfThere, writeAtomically } from "./files";
import { contextName, kubeconfig, writeKubeconfig } from "./kubeconfig";
import { withLock } from "./lock";
import { nodePlans } from "./nodes";
import { partNames, partPaths, partSpecs, type PartName, type Tools } from "./parts";
import { ensurePki, type Pki } from "./pki";
import { choosePorts, loopback, requireFree, type PortName, type PortTable } from "./ports";
import { runningProcess, stopProcesses } from "./processes";
import { isWhole, startParts, type Plan } from "./start";
import { kwokConfig } from "./stages";

export interface UpOptions {
  /** @default the pinned versions, fetched or built where they are missing */
  readonly tools?: Tools;
  /**
   * YAML files with the CRDs of the operators.
   *
   * @default those of the pinned modules, and our stand-ins
   */
  readonly crds?: readonly string[];
  /**
   * YAML files with kwok's stages for nodes and pods.
   *
   * @default those of the pinned kwok
   */
  readonly stages?: readonly string[];
  /**
   * The API server's port.
   *
   * @default the one of the last start; a free one at the first
   */
  readonly port?: number;
  /**
   * Chooses other ports for all parts but the API server.
   *
   * @default false
   */
  readonly newPorts?: boolean;
  /** Ends what this call started when it aborts. */
  readonly signal?: AbortSignal;
}

type Resolved = UpOptions & Required<Pick<UpOptions, "tools" | "crds" | "stages">>;

const namespace = z.object({ metadata: z.object({ uid: z.string() }) });

/**
 * Brings the embedded environment up: starts what does not run, leaves alone what does. Safe to call at any time, also after
 * a kill of any part, and from several processes at once.
 *
 * @throws UserError when a port is taken, a part does not start, or the folder is not ours
 */
export async function up(state: StateFolder, progress: Progress, options: UpOptions = {}): Promise<Environment> {
  requireOwnFolder(state);
  const toolchain = options.signal === undefined ? {} : { signal: options.signal };
  // Before the lock: a first build takes minutes, has a lock of its own, and touches nothing of this environment.
  const resolved: Resolved = {
    ...options,
    tools: options.tools ?? (await ensureTools(partNames, progress, toolchain)),
    crds: options.crds ?? [...(await ensureCrds(progress, toolchain)), ...standInCrdFiles()],
    stages: options.stages ?? (await kwokStages(progress, toolchain)),
  };
  makePrivateFolder(state.root);
  chmodSync(state.root, 0o700);
  return withLock(
    lockFolder(state),
    "starting the embedded environment",
    ({ pid, purpose }) => {
      progress.note(`Waiting for pid ${pid}, which is ${purpose}`);
    },
    options.signal,
    () => bringUp(state, progress, resolved),
  );
}

async function bringUp(state: StateFolder, progress: Progress, options: Resolved): Promise<Environment> {
  const settings = readSettings(state);
  const ports = await decidePorts(settings, options);
  await requireFree(ports, portsToFree(state, settings, ports));
  writeSettings(state, ports, settings?.clusterId);

  const pki = await ensurePki(state.pki);
  const crdSet = await readCrds(options.crds);
  writeConfiguration(state, ports, pki, crdSet, options.stages);
  const plan = planOf(state, ports, pki, crdSet, options.tools);

  const api = new Api({
    server: `https://${loopback}:${ports.apiServer}`,
    ca: pki.authority.certificate,
    certificate: pki.certificates.admin.certificate,
    key: pki.certificates.admin.key,
  });
  try {
    const started = (await isWhole(plan, api))
      ? []
      : await progress.step("Embedded cluster", (step) => startParts(plan, api, step, options.signal));
    const clusterId = (await api.get("/api/v1/namespaces/kube-system", namespace)).metadata.uid;
    if (settings?.clusterId !== clusterId) writeSettings(state, ports, clusterId);
    return {
      state,
      kubeconfig: state.kubeconfig,
      context: contextName,
      apiServer: `https://${loopback}:${ports.apiServer}`,
      clusterId,
      nodes: nodePlans,
      ports,
      startedParts: started,
      versions: versionsOf(options.tools),
      simulated,
    };
  } finally {
    api.close();
  }
}

async function decidePorts(settings: Settings | undefined, options: UpOptions): Promise<PortTable> {
  const { port } = options;
  const known: Partial<PortTable> =
    options.newPorts === true && settings !== undefined
      ? { apiServer: settings.ports.apiServer }
      : { ...settings?.ports };
  if (port === undefined) return choosePorts(known);
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new UserError(
      `${port} is no port for the Kubernetes API server`,
      "choose a number between 1024 and 65535: npm run local -- up --port NUMBER",
      ExitCode.usage,
    );
  }
  // A part of ours that happens to have the port makes room for it.
  const others = Object.entries(known).filter(([name, taken]) => name !== "apiServer" && taken !== port);
  return choosePorts({ ...Object.fromEntries(others), apiServer: port });
}

/** The ports that no running process of ours holds already. */
function portsToFree(state: StateFolder, settings: Settings | undefined, ports: PortTable): PortName[] {
  const holders: Readonly<Record<PortName, PartName>> = {
    apiServer: "kube-apiserver",
    etcd: "etcd",
    etcdPeer: "etcd",
    controllerManager: "kube-controller-manager",
    scheduler: "kube-scheduler",
    kwok: "kwok",
  };
  const held = new Set(
    (Object.keys(holders) as PortName[])
      .filter((name) => runningProcess(state, holders[name]) !== undefined)
      .flatMap((name) => settings?.ports[name] ?? []),
  );
  return (Object.keys(holders) as PortName[]).filter((name) => !held.has(ports[name]));
}

function writeConfiguration(
  state: StateFolder,
  ports: PortTable,
  pki: Pki,
  crdSet: CrdSet,
  stages: readonly string[],
): void {
  const server = `https://${loopback}:${ports.apiServer}`;
  const paths = partPaths(state);
  const { certificates, authority } = pki;
  writeKubeconfig(state.kubeconfig, kubeconfig(server, authority, certificates.admin));
  writeKubeconfig(
    paths.controllerManagerKubeconfig,
    kubeconfig(server, authority, certificates["kube-controller-manager"]),
  );
  writeKubeconfig(paths.schedulerKubeconfig, kubeconfig(server, authority, certificates["kube-scheduler"]));
  writeKubeconfig(paths.kwokKubeconfig, kubeconfig(server, authority, certificates.kwok));
  writeAtomically(paths.kwokConfig, kwokConfig(stages, crdSet.crds));
}

function planOf(state: StateFolder, ports: PortTable, pki: Pki, crdSet: CrdSet, tools: Tools): Plan {
  const specs = partSpecs(state, ports, pki);
  const paths = partPaths(state);
  const files: Readonly<Record<PartName, readonly string[]>> = {
    etcd: [],
    "kube-apiserver": [],
    "kube-controller-manager": [paths.controllerManagerKubeconfig],
    "kube-scheduler": [paths.schedulerKubeconfig],
    kwok: [paths.kwokKubeconfig, paths.kwokConfig],
  };
  const parts = partNames.map((name) => {
    const { path: program, version } = tools[name];
    const content = files[name].map((file) => readIfThere(file) ?? "");
    // Not the program's path: another shell finds the same version elsewhere.
    const fingerprint = createHash("sha256")
      .update(JSON.stringify([version, specs[name].args, pki.fingerprint, content]))
      .digest("hex");
    return { ...specs[name], program, version, fingerprint };
  });
  return { state, pki, parts, crdSet };
}

function versionsOf(tools: Tools): Readonly<Record<PartName, string>> {
  return Object.fromEntries(partNames.map((name) => [name, tools[name].version])) as Record<PartName, string>;
}

/** Ends the environment's own processes and nothing else; the data stay. Safe to call at any time. */
export async function down(state: StateFolder, progress: Progress, signal?: AbortSignal): Promise<readonly PartName[]> {
  if (!existsSync(state.run)) return [];
  return withLock(
    lockFolder(state),
    "ending the embedded environment",
    ({ pid, purpose }) => {
      progress.note(`Waiting for pid ${pid}, which is ${purpose}`);
    },
    signal,
    () => stopProcesses(state),
  );
}
