import assert from "node:assert/strict";
import { debianPackages, type Unpacked, whyNoPackages } from "../../support/cache/debian-packages";
import { CacheLab } from "../../support/cache/lab";
import { Service, WritableWatch } from "../../support/cache/observers";
import { eventually } from "../../support/eventually";

/** Kills of a primary in all, and the groups of servers that share them so that it does not take all day. */
const KILLS = 20;
const GROUPS = 2;

interface Observed {
  readonly lab: CacheLab;
  readonly watch: WritableWatch;
  readonly service: Service;
}

/** What is told at the end, for people to read. */
const figures: string[] = [];

/** Real servers, Sentinels and a proxy from the very files that the stack renders. */
describe("the cache, run from its rendered configuration,", function () {
  this.timeout(600_000);
  let packages: Unpacked;
  let kills: Promise<readonly Awaited<ReturnType<typeof killRepeatedly>>[]>;
  const labs: CacheLab[] = [];

  before(async function () {
    const reason = whyNoPackages();
    if (reason !== undefined) {
      process.stderr.write(`    The cache's failover was NOT tested: ${reason}.\n`);
      this.skip();
    }
    packages = await debianPackages("redis-server", "redis-tools", "haproxy");
    // They mostly wait: the other tests run meanwhile.
    kills = Promise.all([...Array(GROUPS).keys()].map(() => killRepeatedly(KILLS / GROUPS)));
    kills.catch(() => undefined);
  });

  after(async () => {
    await Promise.all(labs.map((lab) => lab.close()));
    for (const line of figures) process.stdout.write(`      ${line}\n`);
  });

  /** A group that serves, with those that watch it. */
  async function observe(): Promise<Observed> {
    const lab = new CacheLab(packages);
    labs.push(lab);
    await lab.start();
    await lab.settled();
    const observed = { lab, watch: new WritableWatch(lab), service: new Service(lab) };
    await serves(observed);
    return observed;
  }

  /** Waits for a write through the proxy; returns how long it took (milliseconds). */
  async function serves({ service }: Observed, since = Date.now()): Promise<number> {
    let first: number | undefined;
    await eventually(
      () => {
        first = service.firstAfter(since);
        return first !== undefined;
      },
      { timeoutSeconds: 120 },
    );
    return (first ?? Number.NaN) - since;
  }

  /** Ends the observation: there never were two writable primaries. */
  async function conclude({ lab, watch, service }: Observed): Promise<readonly number[]> {
    await lab.settled();
    await Promise.all([watch.stop(), service.stop()]);
    assert.ok(watch.spans.length > 0);
    assert.deepEqual(watch.overlaps, [], "two servers took writes at the same time");
    const lost = await service.lost();
    await lab.close();
    return lost;
  }

  /** Kills the primary's pod, again and again. */
  async function killRepeatedly(times: number) {
    const observed = await observe();
    const { lab } = observed;
    const recoveries: number[] = [];
    for (let kill = 0; kill < times; kill += 1) {
      const primary = await lab.settled();
      await serves(observed);
      await lab.kill(primary);
      const moment = Date.now();
      recoveries.push(await serves(observed, moment));
      assert.notEqual(await lab.primary(), primary);
      lab.startPod(primary);
    }
    const acknowledged = observed.service.acknowledged.size;
    return { recoveries, acknowledged, lost: (await conclude(observed)).length };
  }

  it("gives up writing on a primary that is cut off, before there is another one", async () => {
    const observed = await observe();
    const { lab, service, watch } = observed;
    const old = await lab.settled();
    const moment = Date.now();
    // The worst way to cut: the service still reaches the old primary through the proxy.
    lab.relays.cut((from, to) => (from === old) !== (to === old) && from !== "outside" && from !== lab.proxyNode);
    await eventually(async () => (await lab.replication(old))?.goodReplicas === 0, { timeoutSeconds: 60 });
    const [answer] = await Promise.allSettled([lab.ask(lab.realHost(old), "service", ["SET", "a", "b"])]);
    assert.match(String(answer.status === "rejected" && answer.reason), /NOREPLICAS/);
    await eventually(async () => ![old, undefined].includes(await lab.primary()), { timeoutSeconds: 120 });
    assert.equal((await lab.replication(old))?.role, "master", "it still thinks that it is the primary");
    const served = await serves(observed, Date.now());
    const primary = await lab.primary();
    assert.ok(watch.spans.some(({ pod, to }) => pod === old && to > moment));
    lab.relays.heal();
    assert.equal(await lab.settled(), primary, "after the cut the new primary stays");
    const before = service.acknowledged.size;
    const lost = await conclude(observed);
    assert.ok(lost.every((number) => (service.acknowledged.get(number) ?? 0) >= moment - 1000));
    figures.push(
      `primary cut off from the others, but not from the proxy: ${lost.length} of ${before} acknowledged writes lost ` +
        `(those of its last seconds), ${seconds(served)} after the failover served again`,
    );
  });

  it("does not take a primary back that was stopped for a while and goes on", async () => {
    const observed = await observe();
    const { lab } = observed;
    const old = await lab.settled();
    for (const part of ["valkey", "sentinel"] as const) lab.signal(old, part, "SIGSTOP");
    await eventually(async () => ![old, undefined].includes(await lab.primary()), { timeoutSeconds: 120 });
    await serves(observed);
    const primary = await lab.primary();
    for (const part of ["valkey", "sentinel"] as const) lab.signal(old, part, "SIGCONT");
    assert.equal(await lab.settled(), primary);
    const lost = await conclude(observed);
    figures.push(`primary stopped and continued: ${lost.length} acknowledged writes lost`);
  });

  it("keeps its primary when a replica is cut off, and takes the replica back", async () => {
    const observed = await observe();
    const { lab } = observed;
    const primary = await lab.settled();
    const replica = lab.pods.find((pod) => pod !== primary) ?? 0;
    lab.relays.cut((from, to) => (from === replica) !== (to === replica) && from !== "outside");
    await eventually(async () => (await lab.replication(primary))?.goodReplicas === 1, { timeoutSeconds: 60 });
    await serves(observed);
    await eventually(async () => !(await lab.script(replica, "health.sh", "ready")), { timeoutSeconds: 60 });
    assert.ok(await lab.script(replica, "health.sh", "alive"), "a replica without its primary is alive, and not ready");
    lab.relays.heal();
    assert.equal(await lab.settled(), primary);
    assert.deepEqual(await conclude(observed), []);
  });

  it("comes back with the same primary and all data after everything was killed at once", async () => {
    const observed = await observe();
    const { lab } = observed;
    // Not the first pod: nothing but what the Sentinels remember can know this.
    const first = await lab.settled();
    await lab.stop(first);
    lab.startPod(first);
    const primary = await lab.settled();
    assert.notEqual(primary, first);
    await Promise.all(lab.pods.map((pod) => lab.kill(pod)));
    const moment = Date.now();
    for (const pod of lab.pods) lab.startPod(pod);
    const served = await serves(observed, moment);
    assert.equal(await lab.settled(), primary);
    const lost = await conclude(observed);
    figures.push(
      `everything killed at once: served again after ${seconds(served)}, ${lost.length} acknowledged writes lost`,
    );
  });

  it("hands over without losing a write when pods are stopped one after the other, as a rollout does", async () => {
    const observed = await observe();
    const { lab } = observed;
    lab.rotate();
    const moment = Date.now();
    let handOvers = 0;
    for (const pod of [...lab.pods].reverse()) {
      const wasPrimary = (await lab.settled()) === pod;
      const { said } = await lab.stop(pod);
      assert.equal(said.startsWith("Handed over to "), wasPrimary, said);
      lab.startPod(pod);
      if (wasPrimary) handOvers += 1;
      await eventually(() => lab.script(pod, "health.sh", "ready"), { timeoutSeconds: 120 });
    }
    assert.ok(handOvers >= 1);
    await serves(observed);
    const gap = observed.service.longestGap(moment);
    assert.deepEqual(await conclude(observed), []);
    figures.push(
      `rollout with new passwords: ${handOvers} hand-over(s), no write for ${seconds(gap)} at most, none lost`,
    );
  });

  it("does not let a primary that lost its volume empty its replicas", async () => {
    const observed = await observe();
    const { lab } = observed;
    const primary = await lab.settled();
    await lab.kill(primary, ["valkey"]);
    lab.loseVolume(primary);
    lab.startPod(primary);
    await serves(observed);
    assert.notEqual(await lab.settled(), primary);
    assert.match(lab.log(`valkey-${primary}`), /its volume is empty and its replicas are not/);
    const lost = await conclude(observed);
    figures.push(`primary restarted with an empty volume: ${lost.length} acknowledged writes lost`);
  });

  it(`has a new primary after each of ${KILLS} kills, and never two that take writes`, async () => {
    const groups = await kills;
    const all = groups.flatMap(({ recoveries }) => recoveries).sort((one, other) => one - other);
    const sum = (count: (group: (typeof groups)[number]) => number) =>
      groups.reduce((total, group) => total + count(group), 0);
    assert.equal(all.length, KILLS);
    figures.push(
      `${KILLS} kills of the primary's pod: served again after ${seconds(median(all))} (median), ${seconds(all.at(-1))} (most), ` +
        `of which 5 s are until Sentinel takes it for lost; ${sum(({ lost }) => lost)} of ${sum((group) => group.acknowledged)} acknowledged writes lost`,
    );
  });
});

function median(sorted: readonly number[]): number | undefined {
  return sorted[Math.floor(sorted.length / 2)];
}

function seconds(milliseconds: number | undefined): string {
  return `${((milliseconds ?? Number.NaN) / 1000).toFixed(1)} s`;
}
