import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import {
  password,
  sentinelLogin,
  sentinelUsers,
  serverLogin,
  serverUsers,
  users,
} from "../../../components/cache/access";
import { planMemory } from "../../../components/cache/memory";
import { proxyConfig } from "../../../components/cache/proxy-config";
import { scripts, serverScripts, snapshotScripts } from "../../../components/cache/scripts";
import { failoverConflict, type FailoverTimes, topologyFile } from "../../../components/cache/topology";
import { sentinelConfig, valkeyConfig } from "../../../components/cache/valkey-config";
import { eventually } from "../eventually";
import type { Unpacked } from "./debian-packages";
import { type NodeId, Relays } from "./relays";
import { RespClient } from "./resp";

/**
 * Shorter than in production, by the same rendered parameters and within the same rule: tests should not wait for what is a
 * constant. Below 2 s of lag a busy machine's replicas would be late without any fault.
 */
const times: FailoverTimes = { downAfter: "5 s", maxLag: "2 s", failoverTimeout: "6 s" };

const PORT = 6379;
const SENTINEL_PORT = 26379;
const METRICS_PORT = 8405;

/** How long a server or a Sentinel may take to answer a question, on a machine that is busy (milliseconds). */
const PATIENCE = 3000;

/** Parts of a pod that a test can kill. */
export type Part = "valkey" | "sentinel";

/** What INFO replication says of a server. */
export interface Replication {
  readonly role: string;
  readonly goodReplicas: number;
  readonly linked: boolean;
}

/** One group of servers, Sentinels and a proxy, run from the rendered files; each in a block of loopback addresses of its own. */
export class CacheLab {
  readonly folder = mkdtempSync(join(tmpdir(), "cache-lab-"));
  readonly relays: Relays;
  /** 127.x.y. */
  readonly #block = `127.${randomInt(1, 255)}.${randomInt(0, 255)}`;
  readonly #processes = new Map<string, ChildProcess>();
  #secrets: Record<string, string> = {};
  readonly #onExit = () => {
    this.#killAll();
  };

  constructor(
    readonly packages: Unpacked,
    readonly size = 3,
  ) {
    const conflict = failoverConflict(times);
    if (conflict !== undefined) throw new Error(conflict);
    this.relays = new Relays((address) => this.#nodeOf(address));
    process.on("exit", this.#onExit);
  }

  get pods(): readonly number[] {
    return [...Array(this.size).keys()];
  }

  /** Where a pod really listens. Whoever connects here is not stopped by a cut. */
  realHost = (pod: number): string => `${this.#block}.${10 + pod}`;
  /** What the others call it: a relay. */
  host = (pod: number): string => `${this.#block}.${100 + pod}`;
  readonly proxyHost = `${this.#block}.50`;

  #nodeOf(address: string): NodeId {
    const pod = this.pods.find((one) => this.realHost(one) === address);
    return pod ?? (address === this.proxyHost ? this.size : "outside");
  }

  /** The proxy, as a node of the network. */
  get proxyNode(): number {
    return this.size;
  }

  async start(): Promise<void> {
    this.#links();
    await this.#certificate();
    this.rotate();
    for (const pod of this.pods) {
      for (const port of [PORT, SENTINEL_PORT])
        await this.relays.carry(pod, { host: this.host(pod), port }, { host: this.realHost(pod), port });
    }
    for (const pod of this.pods) this.startPod(pod);
    this.startProxy();
  }

  /** New passwords, as one rotation more gives: the current one becomes the last, the next one the current. */
  rotate(): void {
    for (const name of ["cache", "cacheReplication", "cacheSentinel", "cacheProbe", "cacheExporter", "cacheBackup"]) {
      const fresh = () => `${name}${randomInt(1_000_000_000)}`;
      this.#secrets = {
        ...this.#secrets,
        [`${name}Previous`]: this.#secrets[name] ?? fresh(),
        [name]: this.#secrets[`${name}Next`] ?? fresh(),
        [`${name}Next`]: fresh(),
      };
    }
  }

  /** Starts what is not running of a pod, from today's files and secrets. */
  startPod(pod: number, parts: readonly Part[] = ["valkey", "sentinel"]): void {
    const config = this.#render(pod);
    for (const part of parts) {
      if (this.#processes.has(`${part}-${pod}`)) continue;
      this.#spawn(`${part}-${pod}`, ["sh", join(config, `start-${part}.sh`)], { SELF: this.host(pod) });
    }
  }

  startProxy(): void {
    const file = join(this.folder, "haproxy.cfg");
    const config = proxyConfig({
      members: this.pods.map(this.host),
      port: PORT,
      metricsPort: METRICS_PORT,
      ca: join(this.folder, "tls", "ca.crt"),
      bind: this.proxyHost,
      source: this.proxyHost,
      resolve: false,
    });
    writeFileSync(file, this.#fill(config), { mode: 0o600 });
    this.#spawn("proxy", ["haproxy", "-db", "-f", file]);
  }

  /** Kills processes at once, as a node that loses its power. */
  async kill(pod: number, parts: readonly Part[] = ["valkey", "sentinel"]): Promise<void> {
    await Promise.all(parts.map((part) => this.#end(`${part}-${pod}`, "SIGKILL")));
  }

  /** Stops a pod as the kubelet does: preStop of the server first, while its Sentinel is stopped already. */
  async stop(pod: number): Promise<{ readonly said: string }> {
    const sentinel = this.#end(`sentinel-${pod}`, "SIGTERM");
    const script = join(this.folder, `pod-${pod}`, "config", "hand-over.sh");
    const { stderr } = await execa("sh", [script], { env: this.#env({ SELF: this.host(pod) }), extendEnv: false });
    await this.#end(`valkey-${pod}`, "SIGTERM");
    await sentinel;
    return { said: stderr };
  }

  /** Runs one of the scripts in a pod and tells whether it succeeded. */
  async script(pod: number, name: string, ...args: readonly string[]): Promise<boolean> {
    const file = join(this.folderOf(pod, "config"), name);
    const env = this.#env({ SELF: this.host(pod), LOCAL: this.realHost(pod) });
    return (await execa("sh", [file, ...args], { env, extendEnv: false, reject: false })).exitCode === 0;
  }

  /** Stops a process's world for a while, as a hypervisor does. */
  signal(pod: number, part: Part, name: "SIGSTOP" | "SIGCONT"): void {
    const child = this.#processes.get(`${part}-${pod}`);
    if (child?.pid !== undefined) process.kill(child.pid, name);
  }

  /** One of a pod's folders. */
  folderOf(pod: number, name: "config" | "data" | "run"): string {
    return join(this.folder, `pod-${pod}`, name);
  }

  loseVolume(pod: number): void {
    rmSync(this.folderOf(pod, "data"), { recursive: true, force: true });
  }

  connect(host: string, user: keyof typeof users = "service", patience = 1000, port = PORT): Promise<RespClient> {
    return RespClient.open({
      host,
      port,
      ca: readFileSync(join(this.folder, "tls", "ca.crt"), "utf8"),
      user: users[user],
      password: this.#fill(password(user)),
      patience,
    });
  }

  /** Runs commands on one connection of its own. */
  async ask(host: string, user: keyof typeof users, ...commands: readonly (readonly string[])[]) {
    const client = await this.connect(host, user, PATIENCE);
    try {
      return await Promise.all(commands.map((command) => client.send(...command)));
    } finally {
      client.close();
    }
  }

  /** What a server says of its replication; nothing if it does not answer. */
  async replication(pod: number): Promise<Replication | undefined> {
    try {
      const [info] = await this.ask(this.realHost(pod), "probe", ["INFO", "replication"]);
      const field = (name: string) => new RegExp(`^${name}:(\\S+)`, "m").exec(String(info))?.[1] ?? "";
      return {
        role: field("role"),
        goodReplicas: Number(field("min_slaves_good_slaves")),
        linked: field("master_link_status") === "up",
      };
    } catch {
      return undefined;
    }
  }

  /** The pod that a majority of the Sentinels names. */
  async primary(): Promise<number | undefined> {
    const votes = await Promise.all(this.pods.map((pod) => this.#vote(pod)));
    return this.pods.find((pod) => votes.filter((vote) => vote === this.host(pod)).length * 2 > this.size);
  }

  async #vote(pod: number): Promise<string | undefined> {
    try {
      const client = await this.connect(this.realHost(pod), "probe", PATIENCE, SENTINEL_PORT);
      try {
        const [host] = (await client.send("SENTINEL", "get-master-addr-by-name", "cache")) as readonly string[];
        return host;
      } finally {
        client.close();
      }
    } catch {
      return undefined;
    }
  }

  /** One primary, followed by all others, known to all Sentinels: what a test starts from. */
  async settled(): Promise<number> {
    let found: number | undefined;
    await eventually(
      async () => {
        const all = await Promise.all(this.pods.map((pod) => this.replication(pod)));
        const votes = await Promise.all(this.pods.map((pod) => this.#vote(pod)));
        const primaries = this.pods.filter((pod) => all[pod]?.role === "master");
        const [only] = primaries;
        if (only === undefined || primaries.length > 1 || all[only]?.goodReplicas !== this.size - 1) return false;
        if (!this.pods.every((pod) => pod === only || all[pod]?.linked === true)) return false;
        if (!votes.every((vote) => vote === this.host(only))) return false;
        if (!(await this.#sentinelsKnowEachOther().catch(() => false))) return false;
        found = only;
        return true;
      },
      { timeoutSeconds: 120 },
    );
    if (found === undefined) throw new Error("unreachable");
    return found;
  }

  async #sentinelsKnowEachOther(): Promise<boolean> {
    const known = await Promise.all(
      this.pods.map(async (pod) => {
        const client = await this.connect(this.realHost(pod), "sentinel", PATIENCE, SENTINEL_PORT);
        try {
          const fields = (await client.send("SENTINEL", "MASTER", "cache")) as readonly string[];
          const value = (name: string) => fields[fields.indexOf(name) + 1] ?? "";
          return (
            value("flags") === "master" &&
            Number(value("num-other-sentinels")) === this.size - 1 &&
            Number(value("num-slaves")) === this.size - 1
          );
        } finally {
          client.close();
        }
      }),
    );
    return known.every((one) => one);
  }

  log(name: string): string {
    return readFileSync(join(this.folder, `${name}.log`), "utf8");
  }

  /** Ends every process and removes the folder. */
  async close(): Promise<void> {
    process.removeListener("exit", this.#onExit);
    this.relays.close();
    await Promise.all([...this.#processes.keys()].map((name) => this.#end(name, "SIGKILL")));
    rmSync(this.folder, { recursive: true, force: true });
  }

  #links(): void {
    const bin = join(this.folder, "bin");
    mkdirSync(bin);
    const find = (name: string) => {
      const folder = this.packages.path.split(":").find((one) => existsSync(join(one, name)));
      if (folder === undefined) throw new Error(`the packages have no ${name}`);
      return join(folder, name);
    };
    symlinkSync(find("redis-server"), join(bin, "valkey-server"));
    symlinkSync(find("redis-cli"), join(bin, "valkey-cli"));
    // One program that takes its role from its name: a link of another name would start a server.
    writeFileSync(join(bin, "valkey-check-rdb"), `#!/bin/sh\nexec ${find("redis-check-rdb")} "$@"\n`, { mode: 0o755 });
    symlinkSync(find("haproxy"), join(bin, "haproxy"));
  }

  async #certificate(): Promise<void> {
    const tls = join(this.folder, "tls");
    mkdirSync(tls);
    const hosts = this.pods.flatMap((pod) => [this.host(pod), this.realHost(pod)]).concat(this.proxyHost);
    const names = hosts.flatMap((host) => [`DNS:${host}`, `IP:${host}`]).join(",");
    await execa("openssl", [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"],
      ...["-subj", "/CN=cache", "-addext", `subjectAltName=${names}`],
      ...["-keyout", join(tls, "tls.key"), "-out", join(tls, "tls.crt")],
    ]);
    symlinkSync("tls.crt", join(tls, "ca.crt"));
  }

  /** Writes a pod's files and returns the folder of its configuration. */
  #render(pod: number): string {
    const base = join(this.folder, `pod-${pod}`);
    const folder = (name: string) => join(base, name);
    for (const name of ["config", "secrets", "data", "run"]) mkdirSync(folder(name), { recursive: true });
    const paths = {
      config: folder("config"),
      secrets: folder("secrets"),
      tls: join(this.folder, "tls"),
      data: folder("data"),
      run: folder("run"),
    };
    const topology = { members: this.pods.map(this.host), port: PORT, sentinelPort: SENTINEL_PORT, paths, times };
    const listener = { engine: "redis", bind: this.realHost(pod), source: this.realHost(pod) } as const;
    const files: Readonly<Record<string, string>> = {
      "config/topology.env": topologyFile(topology),
      "config/valkey.conf": valkeyConfig({ topology, memory: planMemory("512Mi", this.size - 1), ...listener }),
      "config/sentinel.conf": sentinelConfig({ topology, ...listener }),
      ...Object.fromEntries(
        Object.entries(scripts([...serverScripts, ...snapshotScripts])).map(([name, text]) => [`config/${name}`, text]),
      ),
      "secrets/users.acl": serverUsers(),
      "secrets/sentinel-users.acl": sentinelUsers(),
      "secrets/valkey-secrets.conf": serverLogin(),
      "secrets/sentinel-secrets.conf": sentinelLogin(),
      "secrets/probe": password("probe"),
      "secrets/sentinel": password("sentinel"),
      "secrets/backup": password("backup"),
    };
    for (const [name, text] of Object.entries(files))
      writeFileSync(join(base, name), this.#fill(text), { mode: 0o600 });
    return paths.config;
  }

  #fill(template: string): string {
    return template.replaceAll(/\{\{ \.(\w+) \}\}/g, (_, name: string) => {
      const value = this.#secrets[name];
      if (value === undefined) throw new Error(`no secret is called ${name}`);
      return value;
    });
  }

  #env(more: Readonly<Record<string, string>>): Record<string, string> {
    return {
      PATH: `${join(this.folder, "bin")}:/usr/bin:/bin`,
      LD_LIBRARY_PATH: this.packages.libraries,
      ...more,
    };
  }

  /** setpriv: should this process be killed, so is the child. */
  #spawn(name: string, command: readonly string[], env: Readonly<Record<string, string>> = {}): void {
    const child = spawn("setpriv", ["--pdeathsig", "KILL", ...command], {
      env: this.#env(env),
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const log = createWriteStream(join(this.folder, `${name}.log`), { flags: "a" });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    this.#processes.set(name, child);
    child.once("close", () => {
      log.end();
      if (this.#processes.get(name) === child) this.#processes.delete(name);
    });
  }

  #end(name: string, signal: NodeJS.Signals): Promise<void> {
    const child = this.#processes.get(name);
    if (child?.pid === undefined) return Promise.resolve();
    const { pid } = child;
    return new Promise((resolve) => {
      child.once("close", () => {
        resolve();
      });
      // The group: a server has children that write snapshots.
      if (signal === "SIGKILL") process.kill(-pid, signal);
      else process.kill(pid, signal);
    });
  }

  #killAll(): void {
    for (const { pid } of this.#processes.values()) {
      try {
        if (pid !== undefined) process.kill(-pid, "SIGKILL");
      } catch {
        // It has ended meanwhile.
      }
    }
  }
}
