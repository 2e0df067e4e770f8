import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommandContext } from "../../local/commands/run-command";
import { reset } from "../../local/control-plane";
import { prepareEngine, type PreparedEngine } from "../../local/engine/prepare";
import type { Progress } from "../../local/progress";
import { stateFolder } from "../../local/state";
import { silent } from "../support/silent";

/** Where everything happens that is measured: nothing of the user's own environment takes part. */
export interface Laboratory {
  readonly folder: string;
  /** Its state folder is the laboratory's own, and its programs leave what they took in `record`. */
  readonly engine: PreparedEngine;
  readonly record: string;
  readonly context: CommandContext;
}

const PREFIX = "monitoring-bench-";

/** Opens a laboratory, which is removed with all its processes when the command ends, also after a signal. */
export async function openLaboratory(context: CommandContext): Promise<Laboratory> {
  await removeRemains(context.progress);
  const folder = join(tmpdir(), `${PREFIX}${process.pid}-${randomBytes(4).toString("hex")}`);
  const temporary = join(folder, "tmp");
  mkdirSync(temporary, { recursive: true, mode: 0o700 });
  context.onCleanup(() => dismantle(folder));
  // What the engine and its plugins put into temporary files goes with the laboratory.
  process.env["TMPDIR"] = temporary;
  const engine = await prepareEngine(stateFolder(join(folder, "state")), context.progress);
  const record = join(folder, "programs.jsonl");
  const recorder = join(__dirname, "recorder.mjs");
  const environment = {
    ...engine.environment,
    BENCH_RECORD: record,
    NODE_OPTIONS: `--require ${JSON.stringify(recorder)}`,
  };
  return { folder, engine: { ...engine, environment }, record, context };
}

async function dismantle(folder: string): Promise<void> {
  await reset(stateFolder(join(folder, "state")), silent);
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** What a bench left that was killed: the process whose id its folder bears is gone. */
async function removeRemains(progress: Progress): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(PREFIX))) {
    const pid = Number(name.slice(PREFIX.length).split("-")[0]);
    if (runs(pid)) continue;
    const folder = join(tmpdir(), name);
    progress.note(`Removing ${folder}: the bench that made it was killed`);
    await removeCheckouts(folder);
    await dismantle(folder);
  }
}

/** Checkouts have clusters of their own. */
async function removeCheckouts(folder: string): Promise<void> {
  const temporary = join(folder, "tmp");
  for (const name of readdirSync(temporary)) await reset(stateFolder(join(temporary, name, ".local")), silent);
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
