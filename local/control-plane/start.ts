import { z } from "zod";
import { UserError } from "../errors";
import type { Step } from "../progress";
import type { StateFolder } from "../state";
import { ApiError, type Api } from "./api";
import { applyCrds, firstUnserved, reviveIfStuck, type Crd, type CrdSet } from "./crds";
import { probe, until } from "./health";
import { applyNodes, firstUnready, freeNodeLeases } from "./nodes";
import type { PartName, PartSpec } from "./parts";
import type { Pki } from "./pki";
import { lastWords, runningProcess, StartedProcesses, stopProcesses } from "./processes";

interface PlannedPart extends PartSpec {
  readonly program: string;
  readonly version: string;
  readonly fingerprint: string;
}

export interface Plan {
  readonly state: StateFolder;
  readonly pki: Pki;
  readonly parts: readonly PlannedPart[];
  readonly crdSet: CrdSet;
}

/** A part that we started has this long to work (milliseconds); a machine that builds something beside it is slow. */
const START_TIMEOUT = 60_000;

/** Sixty large schemas are published one by one; on a busy machine that takes a minute or two (milliseconds). */
const CRD_TIMEOUT = 180_000;

/** How often it is asked whether a CRD is only late or stuck (milliseconds). */
const REVIVE_EVERY = 2000;

/** A part that ran before we came and does not answer for this long hangs, and is started again (milliseconds). */
const HANG_TIMEOUT = 5000;

/** A part that is started again has this long to end: it hangs, or its settings changed (milliseconds). */
const STOP_GRACE = 2000;

const RECORD = "/api/v1/namespaces/kube-system/configmaps/local-environment";

const record = z.object({ data: z.object({ crds: z.string() }).optional() });

/** Whether everything runs as planned, works, and holds what it should: then there is nothing to do. */
export async function isWhole(plan: Plan, api: Api): Promise<boolean> {
  if (!plan.parts.every((part) => isCurrent(plan, part))) return false;
  try {
    const checks = await Promise.all([
      ...plan.parts.map((part) => isHealthy(plan, part)),
      appliedCrds(api).then((hash) => hash === plan.crdSet.hash),
      firstUnready(api).then((node) => node === undefined),
    ]);
    return checks.every(Boolean);
  } catch {
    return false;
  }
}

/**
 * Starts the parts that do not run as planned and waits until all work.
 *
 * @returns the names of those that were started
 */
export async function startParts(
  plan: Plan,
  api: Api,
  step: Step,
  signal: AbortSignal | undefined,
): Promise<readonly PartName[]> {
  const started = new StartedProcesses(plan.state);
  try {
    const starter = new Starter(plan, started, step, signal);
    await starter.ensure("etcd");
    await starter.ensure("kube-apiserver");
    const controllers = Promise.all([starter.ensure("kube-controller-manager"), starter.ensure("kube-scheduler")]);
    const objects = ensureObjects(plan, api, step, signal);
    // Both are waited for, so that neither goes on behind the back of a failure of the other.
    await settled([controllers, objects]);
    if (!isCurrent(plan, starter.part("kwok"))) await freeNodeLeases(api, signal);
    await starter.ensure("kwok");
    await nodesReady(plan, api, step, signal);
    const { names } = started;
    await started.commit();
    return names;
  } catch (error) {
    await started.abandon();
    throw error;
  }
}

async function settled(work: readonly Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

class Starter {
  readonly #plan: Plan;
  readonly #started: StartedProcesses;
  readonly #step: Step;
  readonly #signal: AbortSignal | undefined;

  constructor(plan: Plan, started: StartedProcesses, step: Step, signal: AbortSignal | undefined) {
    this.#plan = plan;
    this.#started = started;
    this.#step = step;
    this.#signal = signal;
  }

  part(name: PartName): PlannedPart {
    const part = this.#plan.parts.find((planned) => planned.name === name);
    if (part === undefined) throw new Error(`${name} is not planned`);
    return part;
  }

  /** Returns when the part works. */
  async ensure(name: PartName): Promise<void> {
    const { state } = this.#plan;
    const part = this.part(name);
    if (isCurrent(this.#plan, part)) {
      const isOver = async () => !isCurrent(this.#plan, part) || (await isHealthy(this.#plan, part));
      const over = await until(isOver, HANG_TIMEOUT, this.#signal);
      if (over && isCurrent(this.#plan, part)) return;
      this.#step.update(`${name} ${over ? "ended" : "does not answer"}: starting it again`);
    }
    await stopProcesses(state, [name], STOP_GRACE);
    this.#signal?.throwIfAborted();
    this.#step.update(`starting ${name}`);
    await this.#started.start(part);
    const works = await until(
      async () => {
        if (runningProcess(state, name) === undefined) throw ended(state, name);
        return isHealthy(this.#plan, part);
      },
      START_TIMEOUT,
      this.#signal,
    );
    if (works) return;
    throw new UserError(
      `${name} runs but does not work after ${START_TIMEOUT / 1000} s; it said last: ${lastWords(state, name)}`,
      `npm run local -- logs ${name}`,
    );
  }
}

function ended(state: StateFolder, name: PartName): UserError {
  const remedy = `npm run local -- logs ${name}`;
  return new UserError(
    `${name} ended while it was starting: ${lastWords(state, name)}`,
    name === "etcd" ? `${remedy}; if its data are damaged, npm run local -- reset makes a new cluster` : remedy,
  );
}

function isCurrent(plan: Plan, part: PlannedPart): boolean {
  return runningProcess(plan.state, part.name)?.fingerprint === part.fingerprint;
}

async function isHealthy(plan: Plan, part: PlannedPart): Promise<boolean> {
  const { pki } = plan;
  return part.name === "etcd"
    ? probe(part.health, pki.etcdAuthority, pki.certificates["etcd-client"])
    : probe(part.health, pki.authority, pki.certificates.admin);
}

async function appliedCrds(api: Api, signal?: AbortSignal): Promise<string | undefined> {
  return (await api.find(RECORD, record, signal))?.data?.crds;
}

/** CRDs and nodes: what the cluster has to hold besides what the API server makes by itself. */
async function ensureObjects(plan: Plan, api: Api, step: Step, signal: AbortSignal | undefined): Promise<void> {
  const { crds, hash } = plan.crdSet;
  await applyNodes(api, signal);
  if ((await appliedCrds(api, signal)) !== hash) {
    await applyCrds(
      api,
      crds,
      (done) => {
        if (done % 10 === 0 || done === crds.length) step.update(`${done} of ${crds.length} CRDs`);
      },
      signal,
    );
    await crdsServed(api, crds, signal);
    const configMap = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "local-environment" } };
    await api.apply(RECORD, { ...configMap, data: { crds: hash } }, signal);
  }
}

async function crdsServed(api: Api, crds: readonly Crd[], signal: AbortSignal | undefined): Promise<void> {
  let missing: Crd | undefined;
  let revive = Date.now() + REVIVE_EVERY;
  const look = async () => {
    missing = await firstUnserved(api, crds, signal);
    if (missing !== undefined && Date.now() > revive) {
      await reviveIfStuck(api, missing, signal);
      revive = Date.now() + REVIVE_EVERY;
    }
    return missing === undefined;
  };
  if (await until(look, CRD_TIMEOUT, signal)) return;
  throw new UserError(
    `The API server does not serve the custom resource ${missing?.name ?? "definitions"} after ${CRD_TIMEOUT / 1000} s`,
    "npm run local -- logs kube-apiserver",
  );
}

async function nodesReady(plan: Plan, api: Api, step: Step, signal: AbortSignal | undefined): Promise<void> {
  step.update("waiting for the nodes");
  let unready: string | undefined;
  const look = async () => {
    try {
      unready = await firstUnready(api, signal);
      return unready === undefined;
    } catch (error) {
      if (error instanceof ApiError) return false;
      throw error;
    }
  };
  if (await until(look, START_TIMEOUT, signal)) return;
  throw new UserError(
    `The node ${unready ?? "list"} is not ready after ${START_TIMEOUT / 1000} s; kwok said last: ${lastWords(plan.state, "kwok")}`,
    "npm run local -- logs kwok",
  );
}
