import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { z } from "zod";
import {
  checkCluster,
  checkEmbeddedCluster,
  down,
  partNames,
  reset,
  status,
  up,
  type Environment,
  type PartName,
  type UpOptions,
} from "../../local/control-plane";
import { Api } from "../../local/control-plane/api";
import { probe } from "../../local/control-plane/health";
import { ensurePki } from "../../local/control-plane/pki";
import { portNames } from "../../local/control-plane/ports";
import { isAlive, type ProcessIdentity } from "../../local/control-plane/process-identity";
import { runningProcess } from "../../local/control-plane/processes";
import { ExitCode, UserError } from "../../local/errors";
import type { Progress } from "../../local/progress";
import { projectRoot, stateFolder, type StateFolder } from "../../local/state";
import { ensureCrds, ensureTools } from "../../local/toolchain";
import { eventually } from "../support/eventually";
import { silent } from "../support/silent";

/** What is there before a stop has to be there after it. */
const MARK = "/api/v1/namespaces/default/configmaps/mark";

describe("the embedded control plane", function () {
  this.timeout(300_000);

  let folder: string;
  let state: StateFolder;
  let options: UpOptions;
  let first: Environment;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "control-plane-"));
    state = stateFolder(join(folder, "one"));
    // A few CRDs are enough here; test/end-to-end/control-plane-simulated.test.ts has them all.
    const crds = (await ensureCrds(silent)).filter((file) => file.includes("cert-manager"));
    assert.notEqual(crds.length, 0);
    options = { crds };
    first = await up(state, silent, options);
  });

  after(async () => {
    await reset(state, silent);
    await reset(stateFolder(join(folder, "two")), silent);
    rmSync(folder, { recursive: true, force: true });
  });

  const processes = (of = state): ProcessIdentity[] => partNames.flatMap((name) => runningProcess(of, name) ?? []);
  const pids = (of = state) => Object.fromEntries(partNames.map((name) => [name, runningProcess(of, name)?.pid]));

  async function withApi<T>(work: (api: Api) => Promise<T>): Promise<T> {
    const { authority, certificates } = await ensurePki(state.pki);
    const { certificate, key } = certificates.admin;
    const api = new Api({ server: first.apiServer, ca: authority.certificate, certificate, key });
    try {
      return await work(api);
    } finally {
      api.close();
    }
  }

  async function refusal(work: Promise<unknown>): Promise<UserError> {
    const error = await work.then(
      () => assert.fail("it was not refused"),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof UserError, String(error));
    return error;
  }

  /** Another process that brings the environment up, as a command does: a signal aborts it. */
  function upInOtherProcess() {
    const script = `
      const { up } = require("./local/control-plane/index.ts");
      const { stateFolder } = require("./local/state.ts");
      const abort = new AbortController();
      process.on("SIGINT", () => abort.abort(new Error("interrupted")));
      const progress = { note() {}, step: (title, work) => work({ update() {} }) };
      up(stateFolder(${JSON.stringify(state.root)}), progress, { crds: ${JSON.stringify(options.crds)}, signal: abort.signal })
        .then(() => process.exit(0), () => process.exit(6));`;
    return spawn(process.execPath, ["-r", "ts-node/register", "-e", script], { cwd: projectRoot, stdio: "inherit" });
  }

  it("starts five parts and three nodes in three zones, all for their owner only", async () => {
    assert.deepEqual(first.startedParts, partNames);
    const report = await status(state);
    assert.equal(report.condition, "running");
    assert.deepEqual(
      report.parts.map(({ name, condition }) => `${name} ${condition}`),
      partNames.map((name) => `${name} healthy`),
    );
    assert.equal(statSync(state.root).mode & 0o777, 0o700);
    assert.equal(statSync(state.kubeconfig).mode & 0o777, 0o600);
    const list = z.object({
      items: z.array(
        z.object({
          metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()) }),
          status: z.object({ capacity: z.record(z.string(), z.string()) }),
        }),
      ),
    });
    const { items } = await withApi((api) => api.get("/api/v1/nodes", list));
    assert.deepEqual(
      items.map(({ metadata, status: { capacity } }) => [
        metadata.name,
        metadata.labels["kubernetes.io/hostname"],
        metadata.labels["topology.kubernetes.io/zone"],
        metadata.labels["topology.kubernetes.io/region"],
        capacity["cpu"],
        capacity["memory"],
        capacity["pods"],
      ]),
      ["a", "b", "c"].map((x) => [`local-${x}`, `local-${x}`, `local-1${x}`, "local-1", "8", "32Gi", "110"]),
    );
    await withApi((api) =>
      api.apply(MARK, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "mark" }, data: { kept: "yes" } }),
    );
  });

  it("listens on the loopback address only", function () {
    if (process.platform !== "linux") this.skip();
    const lines = ["tcp", "tcp6"].flatMap((table) => readFileSync(`/proc/net/${table}`, "utf8").split("\n").slice(1));
    const listening = lines.map((line) => line.trim().split(/\s+/)).filter((fields) => fields[3] === "0A");
    for (const port of Object.values(first.ports)) {
      const hex = port.toString(16).toUpperCase().padStart(4, "0");
      const addresses = listening.flatMap(([, local]) => (local?.endsWith(`:${hex}`) === true ? [local] : []));
      assert.deepEqual(addresses, [`0100007F:${hex}`]);
    }
  });

  it("lets nobody read etcd without etcd's own certificate", async () => {
    const pki = await ensurePki(state.pki);
    const url = `https://127.0.0.1:${first.ports.etcd}/health`;
    assert.equal(await probe(url, pki.etcdAuthority, pki.certificates["etcd-client"]), true);
    assert.equal(await probe(url, pki.etcdAuthority, pki.certificates.admin), false);
  });

  it("is left alone when everything runs", async () => {
    const before = pids();
    const again = await up(state, silent, options);
    assert.deepEqual(again, { ...first, startedParts: [] });
    assert.deepEqual(pids(), before);
  });

  for (const name of partNames) {
    it(`heals after kill -9 of ${name}, and leaves the other parts alone`, async () => {
      const before = pids();
      const victim = runningProcess(state, name);
      assert.ok(victim);
      process.kill(victim.pid, "SIGKILL");
      await eventually(() => !isAlive(victim));
      const healed = await up(state, silent, options);
      assert.deepEqual(healed, { ...first, startedParts: [name] });
      const after = pids();
      for (const part of partNames) {
        if (part === name) assert.notEqual(after[part], before[part]);
        else assert.equal(after[part], before[part], part);
      }
    });
  }

  it("starts a part again that hangs", async () => {
    const victim = runningProcess(state, "kwok");
    assert.ok(victim);
    process.kill(victim.pid, "SIGSTOP");
    const hanging = (await status(state)).parts.find(({ name }) => name === "kwok");
    assert.equal(hanging?.condition, "hanging");
    assert.deepEqual((await up(state, silent, options)).startedParts, ["kwok"]);
    assert.equal(isAlive(victim), false);
  });

  it("heals after a full stop, with its data, ports and identity; two that do it at once do not collide", async () => {
    const all = processes();
    assert.equal(all.length, partNames.length);
    for (const { pid } of all) process.kill(pid, "SIGKILL");
    await eventually(() => !all.some(isAlive));
    assert.equal((await status(state)).condition, "stopped");
    const notes: string[] = [];
    const noting: Progress = { ...silent, note: (text) => void notes.push(text) };
    const both = await Promise.all([up(state, noting, options), up(state, noting, options)]);
    assert.deepEqual(
      both.map(({ startedParts }) => startedParts).sort((a, b) => a.length - b.length),
      [[], partNames],
    );
    for (const environment of both) assert.deepEqual({ ...environment, startedParts: partNames }, first);
    assert.deepEqual(notes, [`Waiting for pid ${process.pid}, which is starting the embedded environment`]);
    const mark = z.object({ data: z.object({ kept: z.string() }) });
    assert.equal((await withApi((api) => api.get(MARK, mark))).data.kept, "yes");
  });

  it("names the part that does not start, what it said, and where to read more", async () => {
    const program = join(folder, "broken");
    writeFileSync(program, "#!/bin/sh\necho starting\necho 'Error: unknown flag: --x' >&2\nexit 1\n");
    chmodSync(program, 0o700);
    const tools = await ensureTools(partNames, silent);
    const broken = { ...tools, "kube-scheduler": { path: program, version: "broken" } };
    const error = await refusal(up(state, silent, { ...options, tools: broken }));
    assert.equal(error.message, "kube-scheduler ended while it was starting: unknown flag: --x");
    assert.equal(error.remedy, "npm run local -- logs kube-scheduler");
    assert.equal(error.exitCode, ExitCode.failed);
    assert.deepEqual((await up(state, silent, options)).startedParts, ["kube-scheduler"]);
  });

  for (const [kill, moment] of [
    ["SIGKILL", "etcd"],
    ["SIGKILL", "kube-apiserver"],
    ["SIGKILL", "kwok"],
    ["SIGINT", "kube-apiserver"],
  ] as const satisfies readonly (readonly [NodeJS.Signals, PartName])[]) {
    it(`leaves nothing behind when ${kill} ends its start just after ${moment}`, async () => {
      await down(state, silent);
      const starting = upInOtherProcess();
      const seen = new Map<number, ProcessIdentity>();
      await eventually(
        () => {
          for (const identity of processes()) seen.set(identity.pid, identity);
          return runningProcess(state, moment) !== undefined;
        },
        { timeoutSeconds: 60 },
      );
      starting.kill(kill);
      if (starting.exitCode === null && starting.signalCode === null) await once(starting, "exit");
      for (const identity of processes()) seen.set(identity.pid, identity);
      await eventually(() => ![...seen.values()].some(isAlive) && processes().length === 0, { timeoutSeconds: 10 });
    });
  }

  it("starts when it is asked again after such an end", async () => {
    assert.deepEqual(await up(state, silent, options), first);
  });

  it("is not started when another process has one of its ports, each in turn; other ports can be chosen", async () => {
    await down(state, silent);
    for (const name of portNames) {
      const server = createServer().listen(first.ports[name], "127.0.0.1");
      await once(server, "listening");
      const error = await refusal(up(state, silent, options));
      assert.ok(error.message.startsWith(`Port ${first.ports[name]} on 127.0.0.1, which `), error.message);
      if (process.platform === "linux") assert.ok(error.message.includes(`is taken by pid ${process.pid} (`));
      assert.equal(error.exitCode, ExitCode.refused);
      assert.deepEqual(processes(), []);
      server.close();
      await once(server, "close");
    }
    const moved = await up(state, silent, { ...options, newPorts: true });
    assert.equal(moved.apiServer, first.apiServer);
    for (const name of portNames.filter((port) => port !== "apiServer")) {
      assert.notEqual(moved.ports[name], first.ports[name]);
    }
    first = { ...first, ports: moved.ports };
  });

  it("runs beside another one, and each is told from the other", async () => {
    const two = stateFolder(join(folder, "two"));
    const other = await up(two, silent, { crds: [] });
    const ports = [...Object.values(first.ports), ...Object.values(other.ports)];
    assert.equal(new Set(ports).size, ports.length);
    assert.equal((await checkEmbeddedCluster(state)).clusterId, first.clusterId);

    // The same cluster under the other's name.
    const wrongIdentity = await refusal(checkCluster(two.kubeconfig, "local", first.clusterId));
    const where = `${other.apiServer} (context local of ${two.kubeconfig})`;
    assert.equal(wrongIdentity.message, `Another cluster answers at ${where} than the one expected there`);
    assert.equal(wrongIdentity.remedy, "npm run local -- up");
    assert.equal(wrongIdentity.exitCode, ExitCode.refused);

    // The other's address with our certificates.
    const mixed = changedKubeconfig(({ cluster }) => (cluster["server"] = other.apiServer));
    const wrongAuthority = await refusal(checkCluster(mixed, "local", first.clusterId));
    assert.equal(
      wrongAuthority.message,
      `Another cluster answers at ${other.apiServer} (context local of ${mixed}) than the one expected there`,
    );

    await down(two, silent);
    assert.deepEqual(processes(two), []);
    assert.equal(processes().length, partNames.length, "the first one goes on");

    const gone = await refusal(checkCluster(two.kubeconfig, "local", other.clusterId));
    assert.equal(gone.message, `The API server at ${where} is out of reach: nothing listens there`);
    assert.equal(gone.remedy, "npm run local -- up");
    assert.equal(gone.exitCode, ExitCode.refused);
  });

  it("does not accept wrong credentials, and says so", async () => {
    const wrong = changedKubeconfig(({ user }) => {
      delete user["client-certificate-data"];
      delete user["client-key-data"];
      user["token"] = "wrong";
    });
    const error = await refusal(checkCluster(wrong, "local"));
    assert.equal(
      error.message,
      `The API server at ${first.apiServer} (context local of ${wrong}) does not accept the credentials (401 Unauthorized)`,
    );
    assert.equal(error.exitCode, ExitCode.refused);
    const unknown = await refusal(checkCluster(state.kubeconfig, "other"));
    assert.equal(unknown.message, `${state.kubeconfig} has no context other`);
    assert.equal(unknown.remedy, "choose one of its contexts: local");
    assert.equal(unknown.exitCode, ExitCode.usage);
  });

  it("is deleted with its processes by a reset", async () => {
    const all = processes();
    await reset(state, silent);
    assert.equal(all.some(isAlive), false);
    assert.equal(existsSync(state.root), false);
    assert.equal((await refusal(checkEmbeddedCluster(state))).message, "There is no embedded cluster yet");
  });

  type Fields = Record<string, unknown>;

  function changedKubeconfig(change: (parts: { cluster: Fields; user: Fields }) => unknown): string {
    const fields = z.record(z.string(), z.unknown());
    const schema = z.looseObject({
      clusters: z.tuple([z.looseObject({ cluster: fields })]),
      users: z.tuple([z.looseObject({ user: fields })]),
    });
    const config = schema.parse(parse(readFileSync(state.kubeconfig, "utf8")));
    change({ cluster: config.clusters[0].cluster, user: config.users[0].user });
    const path = join(folder, "changed-kubeconfig");
    writeFileSync(path, stringify(config), { mode: 0o600 });
    return path;
  }
});
