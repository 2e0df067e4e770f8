import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import type { StateFolder } from "../state";
import { makePrivateFolder, readIfThere, readJson, writeAtomically } from "./files";
import { partNames, type PartName } from "./parts";
import { identify, isAlive, processIdentity, signal } from "./process-identity";

/** What is known of a process of ours, in `<state>/run/<name>.json`. */
const record = processIdentity.extend({
  name: z.enum(partNames),
  program: z.string(),
  version: z.string(),
  /** Of everything the process was started with: another one means that it has to be started again. */
  fingerprint: z.string(),
  /** ISO 8601. */
  since: z.string(),
});

export type ProcessRecord = z.infer<typeof record>;

export interface StartOptions {
  readonly name: PartName;
  readonly program: string;
  readonly version: string;
  readonly args: readonly string[];
  readonly fingerprint: string;
}

/** How long a process may take to end by itself (milliseconds). */
const GRACE = 5000;

/** The same where a person who interrupted waits for it; what was just started has little to lose. */
const ABANDON_GRACE = 1000;

const POLL = 50;

export function logFile(state: StateFolder, name: PartName): string {
  return join(state.logs, `${name}.log`);
}

function recordFile(state: StateFolder, name: PartName): string {
  return join(state.run, `${name}.json`);
}

/** The record of a process of ours that is alive. */
export function runningProcess(state: StateFolder, name: PartName): ProcessRecord | undefined {
  const parsed = record.safeParse(readJson(recordFile(state, name)));
  return parsed.success && isAlive(parsed.data) ? parsed.data : undefined;
}

/**
 * Processes that stay only if this starter says so. Each has a small supervisor that ends it when the starter goes away, in
 * whatever way, before {@link commit}.
 */
export class StartedProcesses {
  readonly #state: StateFolder;
  readonly #keepFile: string;
  readonly #supervisors = new Map<PartName, ChildProcess>();

  constructor(state: StateFolder) {
    this.#state = state;
    this.#keepFile = join(state.run, `keep-${process.pid}-${Date.now()}`);
    makePrivateFolder(state.run);
    makePrivateFolder(state.logs);
    for (const left of readdirSync(state.run).filter((name) => name.startsWith("keep-"))) {
      rmSync(join(state.run, left), { force: true });
    }
  }

  get names(): readonly PartName[] {
    return [...this.#supervisors.keys()];
  }

  async start(options: StartOptions): Promise<ProcessRecord> {
    const log = logFile(this.#state, options.name);
    // What the process before it said last is what a person looks for after a crash.
    if (existsSync(log)) renameSync(log, `${log}.previous`);
    const script = join(__dirname, "supervise.sh");
    const supervisor = spawn("sh", [script, this.#keepFile, log, options.program, ...options.args], {
      cwd: this.#state.root,
      // In a session of its own: a Ctrl-C in the terminal, and its closing, are not for these processes.
      detached: true,
      stdio: ["pipe", "pipe", "ignore"],
      env: environment(this.#state, options.name),
    });
    // A supervisor that was ended before its pipe was closed is no reason to fail.
    supervisor.stdin.on("error", () => undefined);
    this.#supervisors.set(options.name, supervisor);
    const pid = await firstLine(supervisor);
    const identity = identify(pid);
    const started: ProcessRecord = {
      // A program that died at once has no start any more; it is recorded all the same, and found dead.
      ...(identity ?? { pid, start: "gone" }),
      name: options.name,
      program: options.program,
      version: options.version,
      fingerprint: options.fingerprint,
      since: new Date().toISOString(),
    };
    writeAtomically(recordFile(this.#state, options.name), JSON.stringify(started, undefined, 2));
    return started;
  }

  /** From here on the processes stay. One file decides for all of them, so that there is no moment between. */
  async commit(): Promise<void> {
    if (this.#supervisors.size === 0) return;
    writeAtomically(this.#keepFile, "");
    await this.#release();
    rmSync(this.#keepFile, { force: true });
  }

  /** Ends what was started here. */
  async abandon(): Promise<void> {
    await stopProcesses(this.#state, this.names, ABANDON_GRACE);
    await this.#release();
  }

  async #release(): Promise<void> {
    await Promise.all(
      [...this.#supervisors.values()].map(async (supervisor) => {
        const ended = new Promise((resolve) => supervisor.once("exit", resolve));
        supervisor.stdin?.end();
        if (supervisor.exitCode === null && supervisor.signalCode === null) await ended;
      }),
    );
    this.#supervisors.clear();
  }
}

/** Who is ended together: each group needs the ones after it, and would fill its log with complaints without them. */
const STOP_ORDER: readonly (readonly PartName[])[] = [
  ["kwok", "kube-scheduler", "kube-controller-manager"],
  ["kube-apiserver"],
  ["etcd"],
];

/**
 * Ends processes of ours and waits until they are gone: TERM first, KILL for what does not end within the grace period.
 *
 * @param grace milliseconds for each group of STOP_ORDER
 * @returns the names of those that were running
 */
export async function stopProcesses(
  state: StateFolder,
  names: readonly PartName[] = partNames,
  grace = GRACE,
): Promise<readonly PartName[]> {
  const stopped: PartName[] = [];
  for (const group of STOP_ORDER) {
    const members = group.filter((name) => names.includes(name));
    const running = members.flatMap((name) => runningProcess(state, name) ?? []);
    for (const process of running) signal(process, "SIGTERM");
    const deadline = Date.now() + grace;
    while (running.some(isAlive) && Date.now() < deadline) await wait(POLL);
    for (const process of running) signal(process, "SIGKILL");
    while (running.some(isAlive)) await wait(POLL);
    for (const name of members) rmSync(recordFile(state, name), { force: true });
    stopped.push(...running.map(({ name }) => name));
  }
  return stopped;
}

/** The last line of a part's log that says something, without the prefixes that loggers put before it. */
export function lastWords(state: StateFolder, name: PartName): string {
  const lines = (readIfThere(logFile(state, name)) ?? "").split("\n").filter((line) => line.trim() !== "");
  // A Go program that panics or gets a wrong flag says the reason first and more after it.
  const said = lines.findLast((line) => /^[EF]\d{4} |"level":"(fatal|error|panic|ERROR)"|^Error: |^panic: /.test(line));
  return shorten(said ?? lines.at(-1) ?? "it said nothing");
}

function shorten(line: string): string {
  const json = z
    .object({ msg: z.string(), error: z.string().optional(), err: z.string().optional() })
    .safeParse(parseJson(line));
  const text = json.success
    ? [json.data.msg, json.data.error, json.data.err].filter((part) => part !== undefined).join(": ")
    : line.replace(/^[IWEF]\d{4} [\d:.]+ +\d+ /, "").replace(/^(Error|panic): /, "");
  return text.length > 300 ? `${text.slice(0, 297)}...` : text;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/**
 * Only what a program needs: proxies and other settings of the user's shell are not for programs on loopback, and no file of
 * the user's home (kwok reads its settings there) changes what runs here.
 */
function environment(state: StateFolder, name: PartName): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([variable]) => ["PATH", "TMPDIR", "GOMAXPROCS"].includes(variable));
  // Publishing 61 CRDs makes so much garbage that a quarter of the API server's start was its collection: 16.3 s of CPU
  // against 11.6 s with this, at the price of 260 MB.
  const collector = name === "kube-apiserver" ? { GOGC: "400", GOMEMLIMIT: "1GiB" } : {};
  return { ...Object.fromEntries(kept), ...collector, HOME: state.root };
}

async function firstLine(supervisor: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let text = "";
    supervisor.once("error", reject);
    supervisor.once("exit", (code) => {
      reject(new Error(`the supervisor ended with ${code ?? "a signal"} before it started anything`));
    });
    supervisor.stdout?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes("\n")) resolve(Number(text.slice(0, text.indexOf("\n"))));
    });
  });
}
