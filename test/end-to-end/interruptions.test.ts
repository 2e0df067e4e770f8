import assert from "node:assert/strict";
import { Checkout } from "../support/checkout";
import { eventually } from "../support/eventually";
import { said } from "../support/said";

/** How a person, a terminal or a machine ends a command. */
const endings: Readonly<Record<string, (pid: number) => void>> = {
  INT: (pid) => process.kill(-pid, "SIGINT"),
  "INT twice": (pid) => {
    process.kill(-pid, "SIGINT");
    process.kill(-pid, "SIGINT");
  },
  HUP: (pid) => process.kill(-pid, "SIGHUP"),
  KILL: (pid) => process.kill(-pid, "SIGKILL"),
};

/** Moments of a first start, by what it has just said. */
const moments = [
  /Embedded cluster \.\.\./,
  /starting etcd/,
  /starting kube-apiserver/,
  /10 of \d+ CRDs/,
  /waiting for the nodes/,
  /Deploying the stack local \.\.\./,
  /creating Namespace namespace/,
  /creating NetworkPolicy/,
  /creating Deployment monitoring-web-service-blue/,
  /creating Ingress traffic-public/,
] as const;

describe("npm start, ended in the middle", function () {
  this.timeout(300_000);
  let checkout: Checkout;

  beforeEach(() => {
    checkout = new Checkout();
  });

  afterEach(async () => {
    await checkout.remove();
  });

  const names = Object.keys(endings);
  for (const [index, moment] of moments.entries()) {
    const name = names[index % names.length] ?? "";

    it(`by ${name} at "${moment.source}" leaves nothing running of its own, and the next start heals`, async () => {
      const start = checkout.spawn("start", [], { LOCAL_VERBOSE: "1" });
      await said(start, moment);
      endings[name]?.(start.pid ?? 0);
      // A cluster that was complete stays, as it does after a start that succeeds; half of one does not.
      await eventually(() => [...checkout.processes().values()].every(isClusterPart), { timeoutSeconds: 10 });

      const next = await checkout.run("start");
      assert.equal(next.code, 0, next.stderr);
      const again = await checkout.run("start");
      assert.match(again.stderr, /Deploying the stack local: \d+ unchanged$/m);
    });
  }

  it("by kill -9 of the engine alone says so, and the next start heals", async () => {
    const start = checkout.spawn("start", [], { LOCAL_VERBOSE: "1" });
    const ended = new Promise<number | null>((resolve) => start.once("exit", resolve));
    await said(start, /creating Deployment monitoring-web-service-blue/);
    const engine = [...checkout.processes()].find(
      ([, command]) => command.includes("pulumi up") && !command.includes("attend"),
    );
    assert.ok(engine !== undefined, "the engine runs");
    process.kill(engine[0], "SIGKILL");
    assert.equal(await ended, 1);
    await eventually(() => [...checkout.processes().values()].every(isClusterPart), { timeoutSeconds: 10 });
    const next = await checkout.run("start");
    assert.equal(next.code, 0, next.stderr);
    assert.match(next.stderr, /Released the lock of an interrupted run of the stack local: its process has ended\./);
  });

  it("by kill -9 of the program names it, and the next start heals", async () => {
    const start = checkout.spawn("start", [], { LOCAL_VERBOSE: "1" });
    const ended = new Promise<number | null>((resolve) => start.once("exit", resolve));
    await said(start, /Deploying the stack local \.\.\./);
    await eventually(() => program(checkout) !== undefined);
    process.kill(program(checkout) ?? 0, "SIGKILL");
    assert.equal(await ended, 1);
    const next = await checkout.run("start");
    assert.equal(next.code, 0, next.stderr);
  });

  it("by kill -9 of the whole control plane fails, and the next start heals", async () => {
    const start = checkout.spawn("start", [], { LOCAL_VERBOSE: "1" });
    const ended = new Promise<number | null>((resolve) => start.once("exit", resolve));
    await said(start, /creating Deployment monitoring-web-service-blue/);
    for (const [pid, command] of checkout.processes()) if (isClusterPart(command)) process.kill(pid, "SIGKILL");
    assert.equal(await ended, 1);
    const next = await checkout.run("start");
    assert.equal(next.code, 0, next.stderr);
  });
});

function isClusterPart(command: string): boolean {
  return /\/(etcd|kube-apiserver|kube-controller-manager|kube-scheduler|kwok)( |$)/.test(command);
}

function program(checkout: Checkout): number | undefined {
  return [...checkout.processes()].find(([, command]) => command.includes("@pulumi/pulumi/cmd/run"))?.[0];
}
