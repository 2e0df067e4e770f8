import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ExitCode, UserError } from "../../../local/errors";
import { ensureCheckov } from "../../../local/toolchain";
import { RecordedProgress, Sandbox } from "../../support/fake-tools";

describe("ensureCheckov", () => {
  let sandbox: Sandbox;
  let progress: RecordedProgress;

  beforeEach(() => {
    sandbox = new Sandbox();
    progress = new RecordedProgress();
  });

  afterEach(() => {
    sandbox.remove();
  });

  const ensure = () => ensureCheckov(progress, { env: sandbox.env });

  /** Answers what it is, and notes what it is to install. */
  const python = (name: string, version: string, pip = `mkdir -p "$target"; touch "$target/checkov"`) =>
    sandbox.script(
      name,
      `case "$*" in
*import*) ${version === "" ? "exit 1" : `echo "${version} cpython linux-x86_64 glibc"`} ;;
*) echo "$@" >> '${join(sandbox.root, "pip-calls")}'
   while [ $# -gt 0 ]; do if [ "$1" = --target ]; then target=$2; fi; shift; done
   ${pip} ;;
esac`,
    );

  const calls = () => readFileSync(join(sandbox.root, "pip-calls"), "utf8").trimEnd().split("\n");

  async function failure(): Promise<UserError> {
    const error: unknown = await ensure().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert(error instanceof UserError, String(error));
    return error;
  }

  it("installs what is pinned by hashes, and only that, and finds it in the cache afterwards", async () => {
    const path = python("python3", "3 11");
    const installed = await ensure();
    assert.equal(installed.python, path);
    assert.ok(installed.packages.startsWith(sandbox.cache));
    assert.ok(existsSync(join(installed.packages, "checkov")));
    assert.deepEqual(progress.lines, ["Installing checkov 3.3.30 from PyPI (about 30 s)"]);
    assert.deepEqual(await ensure(), installed);
    const [call = "", ...more] = calls();
    assert.deepEqual(more, []);
    for (const flag of ["-I -m pip", "--no-deps", "--require-hashes", "--only-binary :all:"])
      assert.ok(call.includes(flag));
    assert.match(call, /--requirement \S+\/local\/tools\/checkov\/requirements\.txt$/);
  });

  it("installs it anew for another Python", async () => {
    python("python3", "3 11");
    const { packages } = await ensure();
    python("python3", "3 13");
    assert.notEqual((await ensure()).packages, packages);
  });

  it("takes a newer Python from further down PATH", async () => {
    python("python3", "3 9");
    const newer = python("python", "3 12");
    assert.equal((await ensure()).python, newer);
  });

  it("says that it did not run, and why, without a fit Python", async () => {
    const error = await failure();
    assert.equal(error.exitCode, ExitCode.refused);
    assert.equal(
      error.message,
      "checkov did not run: it needs Python 3.11 or newer with pip, and of those on PATH there is none.",
    );
    const old = python("python3", "3 9");
    const bare = python("python", "");
    assert.match((await failure()).message, new RegExp(`on PATH ${old} is 3\\.9, ${bare} has no pip\\.$`));
  });

  it("keeps nothing of an installation that failed, and says what pip said", async () => {
    python("python3", "3 11", `mkdir -p "$target"; echo "ERROR: hashes do not match" >&2; exit 1`);
    const error = await failure();
    assert.match(error.message, /^Installing checkov 3\.3\.30 from PyPI failed:\nERROR: hashes do not match$/);
    python("python3", "3 11");
    await ensure();
    assert.equal(calls().length, 2);
  });

  it("throws away what a killed run has left", async () => {
    python("python3", "3 11");
    const { packages } = await ensure();
    writeFileSync(join(sandbox.root, "pip-calls"), "");
    rmSync(join(packages, "complete"));
    await ensure();
    assert.equal(calls().length, 1);
  });
});
