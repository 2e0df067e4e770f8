import { nodePins, minimumGo } from "../versions";
import type { Check, Finding, Machine } from "./machine";

const GIB = 2 ** 30;

/** Go's caches and the tools of a first build; afterwards only state and logs grow (bytes). */
const DISK_FIRST = 6 * GIB;
const DISK_LATER = GIB;

/** What the control plane, the engine and the largest compile step take together (bytes). */
const MEMORY = 2 * GIB;

/** etcd and the API server together hold some hundred files and connections open. */
const OPEN_FILES = 1024;

/** The API server, the controller manager and editors each watch files. */
const INOTIFY_INSTANCES = 64;
const INOTIFY_WATCHES = 8192;

const gib = (bytes: number) => `${(bytes / GIB).toFixed(1)} GiB`;

const platform: Check = ({ platform: system, arch }) => {
  const finding = { name: "platform", what: `${system} on ${arch}` };
  if (system !== "linux" && system !== "darwin") {
    return {
      ...finding,
      why: "the control plane runs on Linux and macOS only",
      fix: "on Windows use WSL2 (wsl --install)",
    };
  }
  if (arch === "x64" || arch === "arm64") return finding;
  return {
    ...finding,
    why: "no tool is pinned for this processor",
    fix: "use a machine with an x64 or arm64 processor",
  };
};

const node: Check = ({ nodeVersion }) => {
  const finding = { name: "Node", what: nodeVersion };
  const [major = 0, minor = 0] = nodeVersion.replace(/^v/, "").split(".").map(Number);
  const [minimumMajor = 0, minimumMinor = 0] = nodePins.minimum.split(".").map(Number);
  if (major > minimumMajor || (major === minimumMajor && minor >= minimumMinor)) return finding;
  return {
    ...finding,
    why: `the Pulumi SDK needs Node ${nodePins.minimum} or newer`,
    fix: "start it with npm (npm run doctor), which brings a newer Node",
  };
};

const npm: Check = ({ npmVersion }) =>
  npmVersion === undefined
    ? { name: "npm", what: "not found", why: "dependencies cannot be installed", fix: "install npm or put it on PATH" }
    : { name: "npm", what: npmVersion };

const go: Check = ({ go: found, missingTools }) => {
  const finding = { name: "Go", what: found === undefined ? "not installed" : `${found.version} (${found.path})` };
  if (found?.recent === true || missingTools.length === 0) return finding;
  const needed = `Go ${minimumGo.major}.${minimumGo.minor}`;
  return {
    ...finding,
    why: `${missingTools.join(", ")} ${missingTools.length === 1 ? "is" : "are"} not on this machine, and building needs ${needed} or newer`,
    fix: `install ${needed} or newer (https://go.dev/dl/)`,
  };
};

const disk: Check = (machine) => {
  const folders = [machine.cache, ...(machine.goCache === undefined ? [] : [machine.goCache])];
  const measured = folders.flatMap((folder) => {
    const free = machine.free[folder];
    return free === undefined ? [] : [{ folder, free }];
  });
  const [least] = measured.sort((a, b) => a.free - b.free);
  if (least === undefined) return { name: "disk", what: "free space unknown" };
  const first = machine.missingTools.length > 0;
  const needed = first ? DISK_FIRST : DISK_LATER;
  const finding = { name: "disk", what: `${gib(least.free)} free in ${least.folder}` };
  if (least.free >= needed) return finding;
  return {
    ...finding,
    why: `${first ? "the first build" : "running"} needs about ${gib(needed)}`,
    fix: "free some space, or set XDG_CACHE_HOME (and GOCACHE) to a folder on a larger disk",
  };
};

const memory: Check = ({ memory: free }) => {
  if (free === undefined) return { name: "memory", what: "not measured here" };
  const finding = { name: "memory", what: `${gib(free)} free` };
  if (free >= MEMORY) return finding;
  return { ...finding, why: `the control plane and the engine need about ${gib(MEMORY)}`, fix: "end other programs" };
};

const openFiles: Check = ({ openFiles: limit }) => {
  const what = limit === undefined ? "limit unknown" : limit === Infinity ? "no limit" : `at most ${limit} per process`;
  const finding = { name: "open files", what };
  if (limit === undefined || limit >= OPEN_FILES) return finding;
  return { ...finding, why: `etcd and the API server need ${OPEN_FILES}`, fix: `ulimit -n ${OPEN_FILES * 4}` };
};

const inotify: Check = ({ inotify: limits }) => {
  if (limits === undefined) return { name: "inotify", what: "not used here" };
  const finding = { name: "inotify", what: `${limits.instances} instances, ${limits.watches} watches per user` };
  if (limits.instances >= INOTIFY_INSTANCES && limits.watches >= INOTIFY_WATCHES) return finding;
  return {
    ...finding,
    why: `the API server watches its certificate files; ${INOTIFY_INSTANCES} instances and ${INOTIFY_WATCHES} watches are needed`,
    fix: "sudo sysctl fs.inotify.max_user_instances=512 fs.inotify.max_user_watches=524288",
  };
};

const proxy: Check = ({ env }) => {
  const caught = PROXIES.find((name) => (env[name] ?? "") !== "");
  if (caught === undefined) return { name: "proxy", what: "none" };
  const exceptions = env["NO_PROXY"] ?? env["no_proxy"] ?? "";
  const finding = { name: "proxy", what: `${caught} is set` };
  if (exceptsLoopback(exceptions)) return finding;
  return {
    ...finding,
    why: "calls between the engine, its plugins and the API server on 127.0.0.1 would go through it",
    fix: `export NO_PROXY=${[exceptions, "127.0.0.1", "localhost"].filter((part) => part !== "").join(",")}`,
  };
};

const PROXIES = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

function exceptsLoopback(exceptions: string): boolean {
  const parts = exceptions.split(",").map((part) => part.trim());
  return parts.includes("*") || parts.includes("127.0.0.1") || parts.includes("127.0.0.0/8");
}

const ports: Check = ({ loopbackFault, takenPorts }) => {
  if (loopbackFault !== undefined) {
    return {
      name: "ports",
      what: `127.0.0.1 does not work (${loopbackFault})`,
      why: "every part of the control plane listens there",
      fix: "bring the loopback interface up (sudo ip link set lo up), or allow it in the sandbox",
    };
  }
  const [first] = takenPorts;
  if (first === undefined) return { name: "ports", what: "free on 127.0.0.1" };
  return {
    name: "ports",
    what: takenPorts.map(({ port, holder }) => `${port} is taken by ${holder}`).join(", "),
    why: "the environment used it before and would not start",
    fix: "end that process, or choose other ports: npm run local -- up --new-ports",
  };
};

const checks: readonly Check[] = [platform, node, npm, go, disk, memory, openFiles, inotify, proxy, ports];

/** What every check says of `machine`; a finding with a `why` is one that fails. */
export function diagnose(machine: Machine): readonly Finding[] {
  return checks.map((check) => check(machine));
}
