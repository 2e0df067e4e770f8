import { strict as assert } from "node:assert";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { ExitCode, UserError } from "../../../local/errors";
import { listeningSockets } from "../../../local/control-plane/port-holder";
import { choosePorts, isFree, portNames, requireFree, type PortName } from "../../../local/control-plane/ports";

const LABELS: Readonly<Record<PortName, string>> = {
  apiServer: "the Kubernetes API server",
  etcd: "etcd",
  etcdPeer: "etcd's peers",
  controllerManager: "the controller manager",
  scheduler: "the scheduler",
  kwok: "kwok",
};

describe("the ports of an environment", () => {
  let holder: ChildProcess | undefined;

  afterEach(() => holder?.kill("SIGKILL"));

  /** Another process that listens on `port`. */
  async function occupy(port: number, host: string): Promise<{ pid: number; command: string }> {
    const args = ["-e", `require("net").createServer().listen(${port},"${host}",()=>console.log(1))`];
    holder = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    const { stdout, pid } = holder;
    assert.ok(stdout && pid !== undefined);
    await once(stdout, "data");
    const command = [process.execPath, ...args].join(" ");
    return { pid, command: command.length > 80 ? `${command.slice(0, 77)}...` : command };
  }

  it("are free, all different, and below those of outgoing connections", async () => {
    const ports = await choosePorts();
    assert.deepEqual(Object.keys(ports), portNames);
    assert.equal(new Set(Object.values(ports)).size, portNames.length);
    for (const port of Object.values(ports)) {
      assert.ok(port >= 20_000 && port < 32_000, `${port}`);
      assert.equal(await isFree(port), true);
    }
  });

  it("stay what they were where they were chosen before", async () => {
    const before = await choosePorts();
    assert.deepEqual(await choosePorts(before), before);
    const moved = await choosePorts({ apiServer: before.apiServer, etcd: before.etcd });
    assert.equal(moved.apiServer, before.apiServer);
    assert.equal(moved.etcd, before.etcd);
  });

  for (const name of portNames) {
    it(`are refused with holder and remedy when another process has that of ${LABELS[name]}`, async function () {
      if (process.platform !== "linux") this.skip();
      const ports = await choosePorts();
      const port = ports[name];
      const { pid, command } = await occupy(port, "127.0.0.1");
      await assert.rejects(requireFree(ports, portNames), (error) => {
        assert.ok(error instanceof UserError);
        assert.equal(
          error.message,
          `Port ${port} on 127.0.0.1, which ${LABELS[name]} needs, is taken by pid ${pid} (${command})`,
        );
        assert.equal(
          error.remedy,
          name === "apiServer"
            ? "end that process, or choose another port: npm run local -- up --port NUMBER"
            : "end that process, or let the environment choose other ports: npm run local -- up --new-ports",
        );
        assert.equal(error.exitCode, ExitCode.refused);
        return true;
      });
    });
  }

  it("count as taken when a process listens on all addresses", async () => {
    const { etcd } = await choosePorts();
    const server = createServer().listen(etcd, "0.0.0.0");
    await once(server, "listening");
    assert.equal(await isFree(etcd), false);
    server.close();
    await once(server, "close");
    assert.equal(await isFree(etcd), true);
  });

  it("are looked up in the kernel's table by state and exact number", () => {
    const table = [
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
      "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0 100 0 0 10 0",
      "   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 222 1 0 20 4 30 10 -1",
      "   2: 0100007F:01F9 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1 0 100 0 0 10 0",
    ].join("\n");
    assert.deepEqual(listeningSockets(table, 8080), ["111"]);
    assert.deepEqual(listeningSockets(table, 0x1f9), ["333"]);
    assert.deepEqual(listeningSockets(table, 9), []);
  });
});
