import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { debianPackages, whyNoPackages } from "../../support/cache/debian-packages";
import { CacheLab } from "../../support/cache/lab";
import { eventually } from "../../support/eventually";

const DAY = 24 * 60 * 60;

/** The scripts of the snapshots, on real servers, and with the real copier on a folder in place of a bucket. */
describe("the cache's snapshots", function () {
  this.timeout(120_000);
  let lab: CacheLab;
  let primary: number;
  let snapshot: string;

  before(async function () {
    const reason = whyNoPackages();
    if (reason !== undefined) {
      process.stderr.write(`    The cache's snapshots were NOT tested: ${reason}.\n`);
      this.skip();
    }
    lab = new CacheLab(await debianPackages("redis-server", "redis-tools", "haproxy"));
    await lab.start();
    primary = await lab.settled();
    await eventually(
      async () => {
        const [answer] = await Promise.allSettled([lab.ask(lab.proxyHost, "service", ["SET", "kept", "yes"])]);
        return answer.status === "fulfilled";
      },
      { timeoutSeconds: 30 },
    );
    snapshot = join(lab.folderOf(0, "run"), "snapshot.rdb");
  });

  after(async () => {
    await (lab as CacheLab | undefined)?.close();
  });

  it("are taken from a replica, by a user that can do nothing else", async () => {
    const started = lab.log(`valkey-${primary}`).split("Background saving").length;
    assert.ok(await lab.script(0, "take-snapshot.sh"));
    const { stdout } = await execa(join(lab.folder, "bin", "valkey-check-rdb"), [snapshot], {
      env: { LD_LIBRARY_PATH: lab.packages.libraries },
    });
    assert.match(stdout, /\[info\] 1 keys read/);
    const copied = lab.pods.filter(
      (pod) => pod !== primary && /Replica .* asks for synchronization/.test(lab.log(`valkey-${pod}`)),
    );
    assert.equal(copied.length, 1, "a replica was copied");
    assert.equal(lab.log(`valkey-${primary}`).split("Background saving").length, started);
    await assert.rejects(lab.ask(lab.realHost(primary), "backup", ["GET", "kept"]), /NOPERM/);
  });

  it("are kept for 7 days, and removed only after a new one is there", async () => {
    const rclone = await debianPackages("rclone");
    const store = join(lab.folder, "store");
    mkdirSync(store);
    const now = Date.now() / 1000;
    for (const age of [6, 8]) {
      const file = join(store, `${age}-days.rdb`);
      writeFileSync(file, "");
      utimesSync(file, now - age * DAY, now - age * DAY);
    }
    const keep = (run: string) =>
      execa("sh", [join(lab.folderOf(0, "config"), "keep-snapshot.sh")], {
        env: {
          PATH: `${rclone.path}:/usr/bin:/bin`,
          LD_LIBRARY_PATH: rclone.libraries,
          RUN: run,
          DESTINATION: store,
          KEEP: "7d",
          RCLONE_CONFIG: "/dev/null",
        },
        extendEnv: false,
        reject: false,
      });
    assert.notEqual((await keep(join(lab.folder, "nothing-here"))).exitCode, 0);
    assert.deepEqual(readdirSync(store).sort(), ["6-days.rdb", "8-days.rdb"]);
    assert.equal((await keep(lab.folderOf(0, "run"))).exitCode, 0);
    const names = readdirSync(store).sort();
    assert.equal(names.length, 2);
    assert.match(names.join(" "), /^20\d\d-\d\d-\d\dT\d\d-\d\d-\d\dZ\.rdb 6-days\.rdb$/);
  });

  it("bring all data back, as docs/runbooks/cache.md says", async () => {
    await Promise.all(lab.pods.map((pod) => lab.kill(pod)));
    for (const pod of lab.pods) {
      const data = lab.folderOf(pod, "data");
      for (const name of ["appendonlydir", "dump.rdb"]) rmSync(join(data, name), { recursive: true, force: true });
    }
    const log = join(lab.folderOf(primary, "data"), "appendonlydir");
    mkdirSync(log);
    copyFileSync(snapshot, join(log, "appendonly.aof.1.base.rdb"));
    writeFileSync(join(log, "appendonly.aof.manifest"), "file appendonly.aof.1.base.rdb seq 1 type b\n");
    for (const pod of lab.pods) lab.startPod(pod);
    assert.equal(await lab.settled(), primary);
    assert.deepEqual(await lab.ask(lab.realHost(primary), "service", ["GET", "kept"]), ["yes"]);
  });
});
