import { readdir, readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { ExitCode, UserError } from "../errors";
import type { Progress } from "../progress";
import type { EngineStack } from "./engine";

/** What the engine's file backend writes into a lock. */
interface LockFile {
  readonly pid: number;
  readonly username: string;
  readonly hostname: string;
  readonly timestamp: string;
}

/** An operation that was under way when an engine died, as the engine exports it. */
interface PendingOperation {
  readonly type: string;
  readonly resource: {
    readonly urn: string;
    readonly type: string;
    readonly inputs?: { readonly metadata?: { readonly name?: unknown; readonly namespace?: unknown } };
  };
}

interface Export {
  readonly deployment?: { readonly pending_operations?: readonly PendingOperation[] };
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
export async function heal(stack: EngineStack, exists: ObjectExists, progress: Progress): Promise<void> {
  await releaseStaleLocks(stack, progress);
  const pending = await pendingOperations(stack);
  if (pending.length === 0) return;
  await progress.step(`Repairing ${pending.length} interrupted operations`, () =>
    resolvePending(stack, pending, exists),
  );
}

async function releaseStaleLocks(stack: EngineStack, progress: Progress): Promise<void> {
  const files = await readdir(stack.lockFolder).catch(() => []);
  if (files.length === 0) return;
  const locks = await Promise.all(files.map((file) => readLock(join(stack.lockFolder, file))));
  const held = locks.find((lock) => lock !== undefined && !isGone(lock));
  if (held !== undefined) {
    throw new UserError(
      `The stack ${stack.name} is being changed by ${held.username} on ${held.hostname} (pid ${held.pid}, since ${held.timestamp}).`,
      "Wait until that has ended, then run this again.",
      ExitCode.refused,
    );
  }
  await stack.command(["cancel", "--yes"]);
  progress.note(`Released the lock of an interrupted run of the stack ${stack.name}: its process has ended.`);
}

async function readLock(path: string): Promise<LockFile | undefined> {
  // Half a lock file is what a kill in the middle of writing it leaves.
  try {
    return JSON.parse(await readFile(path, "utf8")) as LockFile;
  } catch {
    return undefined;
  }
}

function isGone(lock: LockFile): boolean {
  if (lock.hostname !== hostname()) return false;
  try {
    process.kill(lock.pid, 0);
    return false;
  } catch (error) {
    // EPERM: it runs, and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

async function pendingOperations(stack: EngineStack): Promise<readonly PendingOperation[]> {
  const { deployment } = JSON.parse(await stack.command(["stack", "export"])) as Export;
  return deployment?.pending_operations ?? [];
}

async function resolvePending(
  stack: EngineStack,
  pending: readonly PendingOperation[],
  exists: ObjectExists,
): Promise<void> {
  const adopted: string[] = [];
  for (const { type, resource } of pending) {
    const object = type === "creating" ? kubernetesObject(resource) : undefined;
    if (object === undefined) continue;
    if (await exists(object.apiVersion, object.kind, object.namespace, object.name)) {
      const id = object.namespace === undefined ? object.name : `${object.namespace}/${object.name}`;
      adopted.push(resource.urn, id);
    }
  }
  await refreshPending(stack, adopted);
}

/** Adopts the pairs of URN and id, drops the other pending creates and reads everything again. */
async function refreshPending(stack: EngineStack, adopted: readonly string[]): Promise<void> {
  const args = ["refresh", "--yes", "--skip-preview", "--clear-pending-creates"];
  for (const word of adopted) args.push("--import-pending-creates", word);
  await stack.command(args);
}

function kubernetesObject(resource: PendingOperation["resource"]) {
  const match = /^kubernetes:([^:]+):(\w+)$/.exec(resource.type);
  const { name, namespace } = resource.inputs?.metadata ?? {};
  if (match === null || match[1] === "helm.sh/v3" || typeof name !== "string") return undefined;
  const [, group = "", kind = ""] = match;
  const apiVersion = group.startsWith("core/") ? group.slice("core/".length) : group;
  return { apiVersion, kind, name, namespace: typeof namespace === "string" ? namespace : undefined };
}
