import { execFile } from "node:child_process";
import { existsSync, readFileSync, statfsSync } from "node:fs";
import { freemem } from "node:os";
import { type AddressInfo, connect, createServer } from "node:net";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { readSettings } from "../../control-plane/environment";
import type { PartName } from "../../control-plane/parts";
import { describeHolder } from "../../control-plane/port-holder";
import { type PortName, isFree, loopback } from "../../control-plane/ports";
import { runningProcess } from "../../control-plane/processes";
import type { StateFolder } from "../../state";
import { findExecutable, findGo } from "../go";
import { toolchainOf } from "../options";
import { findTool } from "../resolve";
import { toolNames } from "../versions";
import type { Machine } from "./machine";

/** A program that does not answer within this is not waited for: doctor is quick (milliseconds). */
const ANSWER_WITHIN = 1500;

const LISTENERS: Readonly<Record<PortName, PartName>> = {
  apiServer: "kube-apiserver",
  etcd: "etcd",
  etcdPeer: "etcd",
  controllerManager: "kube-controller-manager",
  scheduler: "kube-scheduler",
  kwok: "kwok",
};

/** Looks at this machine. Nothing is changed, built or fetched. */
export async function probe(state: StateFolder, env: NodeJS.ProcessEnv): Promise<Machine> {
  const toolchain = toolchainOf({ env });
  const [go, npmVersion, openFiles, tools, loopbackFault, takenPorts] = await Promise.all([
    findGo(env),
    askNpm(env),
    askOpenFiles(),
    Promise.all(toolNames.map(async (name) => ({ name, found: await findTool(toolchain, name) }))),
    tryLoopback(),
    findTakenPorts(state),
  ]);
  const goCache = go?.env["GOCACHE"];
  const folders = [toolchain.cache, ...(goCache === undefined ? [] : [goCache])];
  return {
    platform: process.platform,
    arch: process.arch,
    nodeVersion: process.version,
    npmVersion,
    go,
    missingTools: tools
      .filter(({ found }) => found === undefined)
      .map(({ name }) => `${name} ${toolchain.table[name].version}`),
    cache: toolchain.cache,
    goCache,
    free: Object.fromEntries(folders.map((folder) => [folder, freeSpace(folder)])),
    memory: freeMemory(),
    openFiles,
    inotify: inotifyLimits(),
    env,
    loopbackFault,
    takenPorts,
  };
}

/** npm says its version in half a second; the one that started us has told it already. */
async function askNpm(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const told = /^npm\/(\S+)/.exec(env["npm_config_user_agent"] ?? "")?.[1];
  if (told !== undefined) return told;
  const npm = findExecutable("npm", env);
  return npm === undefined ? undefined : ask(npm, ["--version"], env);
}

async function askOpenFiles(): Promise<number | undefined> {
  const limit = await ask("/bin/sh", ["-c", "ulimit -n"], {});
  return limit === "unlimited" ? Infinity : limit === undefined ? undefined : Number(limit);
}

async function ask(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(command, [...args], { env, timeout: ANSWER_WITHIN });
    return stdout.trim();
  } catch {
    return undefined;
  }
}

function freeSpace(folder: string): number {
  let there = folder;
  while (!existsSync(there)) there = dirname(there);
  const { bavail, bsize } = statfsSync(there);
  return bavail * bsize;
}

/** What can still be had, caches that the kernel gives back included, and no more than a container's limit. */
function freeMemory(): number | undefined {
  return process.platform === "linux" ? Math.min(freemem(), process.availableMemory()) : undefined;
}

function inotifyLimits(): Machine["inotify"] {
  try {
    const limit = (name: string) => Number(readFileSync(`/proc/sys/fs/inotify/${name}`, "utf8"));
    return { instances: limit("max_user_instances"), watches: limit("max_user_watches") };
  } catch {
    return undefined;
  }
}

/** Listens and connects once: with the interface down the one may work and the other not. */
function tryLoopback(): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    const end = (fault?: NodeJS.ErrnoException) => {
      server.close();
      resolve(fault === undefined ? undefined : (fault.code ?? fault.message));
    };
    server.once("error", end);
    server.listen({ host: loopback, port: 0 }, () => {
      const { port } = server.address() as AddressInfo;
      const client = connect({ host: loopback, port, timeout: ANSWER_WITHIN });
      client.once("error", end);
      client.once("timeout", () => {
        client.destroy(new Error("no answer"));
      });
      client.once("connect", () => {
        client.destroy();
        end();
      });
    });
  });
}

async function findTakenPorts(state: StateFolder): Promise<Machine["takenPorts"]> {
  const ports = readSettings(state)?.ports;
  if (ports === undefined) return [];
  const names = Object.keys(LISTENERS) as PortName[];
  const taken = await Promise.all(
    names.map(async (name) => {
      const port = ports[name];
      if (runningProcess(state, LISTENERS[name]) !== undefined || (await isFree(port))) return [];
      return [{ port, holder: await describeHolder(port) }];
    }),
  );
  return taken.flat();
}
