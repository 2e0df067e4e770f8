import { execFileSync } from "node:child_process";
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { identify } from "../control-plane/process-identity";
import { ExitCode, UserError } from "../errors";
import type { Progress } from "../progress";
import type { EngineStack } from "./engine";

/** What the engine's file backend writes into a lock. */
const lockFile = z.object({
  pid: z.int(),
  username: z.string(),
  hostname: z.string(),
  timestamp: z.iso.datetime({ offset: true }),
});

type LockFile = z.infer<typeof lockFile>;

/** What healing needs of a stack. */
export type HealedStack = Pick<EngineStack, "name" | "lockFolder" | "stateFile" | "command">;

/** An operation that was under way when an engine died, as the engine exports it. */
interface PendingOperation {
  readonly type: string;
  readonly resource: {
    readonly urn: string;
    readonly type: string;
    readonly parent?: string;
    /** `<urn>::<id>` */
    readonly provider?: string;
    readonly inputs?: { readonly metadata?: { readonly name?: unknown; readonly namespace?: unknown } };
  };
}

interface Export {
  readonly deployment?: {
    readonly resources?: readonly { readonly urn: string }[];
    readonly pending_operations?: readonly PendingOperation[];
  };
}

/** Tells whether the cluster has the object that a pending create may or may not have made. */
export type ObjectExists = (
  apiVersion: string,
  kind: string,
  namespace: string | undefined,
  name: string,
) => Promise<boolean>;

/**
 * Repairs what a killed engine left: its lock, and operations of which it never learned the end.
 *
 * A lock is only taken away when its holder is provably gone: a process of this machine that is not running. Otherwise
 * the holder is named and nothing is touched. A pending create is resolved by asking the cluster: an object that is there
 * is adopted, one that is not is forgotten; the next up then creates it.
 */
export async function heal(stack: HealedStack, exists: ObjectExists, progress: Progress): Promise<void> {
  await releaseStaleLocks(stack, progress);
  await restoreState(stack.stateFile);
  const { deployment } = JSON.parse(await stack.command(["stack", "export"])) as Export;
  const pending = deployment?.pending_operations ?? [];
  if (pending.length === 0) return;
  const known = new Set((deployment?.resources ?? []).map(({ urn }) => urn));
  await progress.step(`Repairing ${pending.length} interrupted operations`, async () => {
    const made = await madeObjects(
      pending.filter(({ resource }) => !known.has(resource.urn)),
      exists,
    );
    if (made.length > 0) await adopt(stack, made);
    await stack.command(["refresh", "--yes", "--skip-preview", "--clear-pending-creates"]);
  });
}

async function releaseStaleLocks(stack: HealedStack, progress: Progress): Promise<void> {
  // Beside each lock the backend keeps a file of attributes.
  const files = (await readdir(stack.lockFolder).catch(() => [])).filter((file) => file.endsWith(".json"));
  if (files.length === 0) return;
  for (const file of files) {
    const lock = await readLock(join(stack.lockFolder, file));
    if (lock === undefined || isGone(lock)) continue;
    throw new UserError(
      `The stack ${stack.name} is being changed by ${lock.username} on ${lock.hostname} (pid ${lock.pid}, since ${lock.timestamp}).`,
      "Wait until that has ended, then run this again.",
      ExitCode.refused,
    );
  }
  await stack.command(["cancel", "--yes"]);
  progress.note(`Released the lock of an interrupted run of the stack ${stack.name}: its process has ended.`);
}

/**
 * An engine that is killed while it writes the state leaves half a file. The state before it lies beside it, with what was under
 * way then as pending operations, so nothing is lost by going back to it.
 */
async function restoreState(file: string): Promise<void> {
  const text = await readFile(file, "utf8").catch(() => "{}");
  try {
    JSON.parse(text);
  } catch {
    await copyFile(`${file}.bak`, file);
  }
}

async function readLock(path: string): Promise<LockFile | undefined> {
  // Half a lock file is what a kill in the middle of writing it leaves.
  try {
    return lockFile.parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    return undefined;
  }
}

/** An engine locks within its first second, and a process's start is only known to a second or so (milliseconds). */
const CLOCK_DOUBT = 10_000;

/** The holder ran on this machine and does no more, or its pid belongs by now to a process that started after the lock. */
function isGone(lock: LockFile): boolean {
  if (lock.hostname !== hostname()) return false;
  const holder = identify(lock.pid);
  if (holder === undefined) return true;
  const startedAt = startTime(lock.pid);
  return startedAt !== undefined && startedAt > Date.parse(lock.timestamp) + CLOCK_DOUBT;
}

/** When a process started (milliseconds since 1970, to the second); undefined where the platform does not tell. */
function startTime(pid: number): number | undefined {
  try {
    const started = Date.parse(
      execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], {
        encoding: "utf8",
        env: { ...process.env, LC_ALL: "C" },
      }),
    );
    return Number.isNaN(started) ? undefined : started;
  } catch {
    return undefined;
  }
}

interface MadeObject {
  readonly resource: PendingOperation["resource"];
  readonly id: string;
}

/** The objects that pending creates made. */
async function madeObjects(pending: readonly PendingOperation[], exists: ObjectExists): Promise<MadeObject[]> {
  const made: MadeObject[] = [];
  for (const { type, resource } of pending) {
    const object = type === "creating" ? kubernetesObject(resource) : undefined;
    if (object === undefined) continue;
    if (!(await exists(object.apiVersion, object.kind, object.namespace, object.name))) continue;
    made.push({ resource, id: object.namespace === undefined ? object.name : `${object.namespace}/${object.name}` });
  }
  return made;
}

/**
 * Takes objects into the state by the engine's own import. (`refresh --import-pending-creates` of engine 3.230 only
 * relabels the operations: what it names is in no state afterwards.) The operations stay pending until all is done, so
 * that being interrupted here as well loses nothing.
 */
async function adopt(stack: HealedStack, made: readonly MadeObject[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "adopt-"));
  try {
    const file = join(folder, "import.json");
    await writeFile(file, JSON.stringify(importFile(made)));
    await stack.command([
      "import",
      "--file",
      file,
      "--yes",
      "--skip-preview",
      "--protect=false",
      "--generate-code=false",
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What `pulumi import --file` takes: parents and providers are named in a table. */
function importFile(made: readonly MadeObject[]) {
  const urns = made
    .flatMap(({ resource }) => [resource.parent, providerUrn(resource)])
    .filter((urn) => urn !== undefined);
  const names = new Map([...new Set(urns)].map((urn, index) => [urn, `urn${index}`]));
  const nameOf = (urn: string | undefined) => (urn === undefined ? undefined : names.get(urn));
  return {
    nameTable: Object.fromEntries([...names].map(([urn, name]) => [name, urn])),
    resources: made.map(({ resource, id }) => ({
      type: resource.type,
      name: resource.urn.split("::").slice(3).join("::"),
      id,
      parent: nameOf(resource.parent),
      provider: nameOf(providerUrn(resource)),
    })),
  };
}

function providerUrn({ provider }: PendingOperation["resource"]): string | undefined {
  return provider?.slice(0, provider.lastIndexOf("::"));
}

function kubernetesObject(resource: PendingOperation["resource"]) {
  const match = /^kubernetes:([^:]+):(\w+)$/.exec(resource.type);
  const { name, namespace } = resource.inputs?.metadata ?? {};
  if (match === null || match[1] === "helm.sh/v3" || typeof name !== "string") return undefined;
  const [, group = "", kind = ""] = match;
  const apiVersion = group.startsWith("core/") ? group.slice("core/".length) : group;
  return { apiVersion, kind, name, namespace: typeof namespace === "string" ? namespace : undefined };
}
