import assert from "node:assert/strict";
import { appendFileSync, existsSync, readFileSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../../local/errors";
import { type ResolvedTool, ensureTools } from "../../../local/toolchain";
import type { ToolName } from "../../../local/toolchain/versions";
import { GOOD_BUILD, RecordedProgress, Sandbox, withoutDownloads } from "../../support/fake-tools";

describe("ensureTools", () => {
  let sandbox: Sandbox;
  let progress: RecordedProgress;

  beforeEach(() => {
    sandbox = new Sandbox();
    progress = new RecordedProgress();
  });

  afterEach(() => {
    sandbox.remove();
  });

  function ensure<Name extends ToolName>(...names: Name[]): Promise<Record<Name, ResolvedTool>> {
    return ensureTools(names, progress, { env: sandbox.env, table: withoutDownloads, cores: 2 });
  }

  async function failure(...names: ToolName[]): Promise<{ what: string; remedy: string; exitCode: number }> {
    const error: unknown = await ensure(...names).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert(error instanceof UserError, `a UserError, not ${String(error)}`);
    return { what: error.message, remedy: error.remedy, exitCode: error.exitCode };
  }

  const logFile = (name: string) => join(sandbox.cache, "logs", name);

  it("builds what is missing, the engine first, saying how long it takes, and finds it in the cache afterwards", async () => {
    sandbox.go();
    const built = await ensure("kube-apiserver", "etcd", "pulumi");
    assert.deepEqual(progress.lines, [
      "Building pulumi v3.230.0 (step 1 of 3, about 3 min; 7 min for all that is left)",
      "Building etcd v3.6.8 (step 2 of 3, about 25 s; 4 min for all that is left)",
      "Building kube-apiserver v1.36.3 (step 3 of 3, about 4 min; 4 min for all that is left)",
    ]);
    assert.equal(built.etcd.source, "build");
    assert.equal(built.etcd.version, "v3.6.8");
    assert(built.etcd.path.startsWith(sandbox.cache));

    const again = await ensure("etcd", "pulumi");
    assert.deepEqual(again.etcd, { ...built.etcd, source: "cache" });
    assert.equal(sandbox.builds().length, 3);
  });

  it("builds with the flags that every build has, so that Go's cache is shared", async () => {
    sandbox.go();
    await ensure("kubectl");
    const call = readFileSync(join(sandbox.root, "go-calls"), "utf8")
      .split("\n")
      .find((line) => line.startsWith("build"));
    assert.match(
      call ?? "",
      /^build -mod=readonly -trimpath -buildvcs=false -ldflags -s -w -X k8s\.io\/component-base\/version\.gitVersion=v1\.36\.3 -X k8s\.io\/component-base\/version\.gitMajor=1 -X k8s\.io\/component-base\/version\.gitMinor=36 -X k8s\.io\/client-go\/pkg\/version\.gitVersion=v1\.36\.3 -o \S+\/kubectl k8s\.io\/kubernetes\/cmd\/kubectl$/,
    );
  });

  it("keeps the user's Go settings from weakening the check by go.sum, but not the proxy", async () => {
    Object.assign(sandbox.env, {
      GOFLAGS: "-mod=mod -insecure",
      GOWORK: "/elsewhere/go.work",
      GOTOOLCHAIN: "auto",
      GONOSUMCHECK: "1",
      GOOS: "windows",
      CGO_ENABLED: "1",
      HTTPS_PROXY: "http://proxy:3128",
    });
    sandbox.go();
    await ensure("kwok");
    const env = sandbox.goEnvironment().filter((line) => /^(GO|CGO|HTTPS_PROXY)/.test(line));
    assert.deepEqual(env.sort(), [
      "CGO_ENABLED=0",
      "GO111MODULE=on",
      `GOCACHE=${join(sandbox.root, "go-cache")}`,
      "GOENV=off",
      "GOFLAGS=-mod=readonly",
      // This user has no modules yet, so none appear in their home.
      `GOMODCACHE=${join(sandbox.root, "cache", "monitoring-web-service", "go", "modules")}`,
      "GOPROXY=https://proxy.example",
      "GOTOOLCHAIN=local",
      "GOWORK=off",
      "HTTPS_PROXY=http://proxy:3128",
    ]);
  });

  it("takes a tool from PATH that says exactly the pinned version, asking it once", async () => {
    const path = sandbox.script("etcd", `echo asked >> '${join(sandbox.root, "asked")}'; echo "etcd Version: 3.6.8"`);
    const first = await ensure("etcd");
    assert.deepEqual(first.etcd, { name: "etcd", version: "v3.6.8", path, source: "path" });
    await ensure("etcd");
    assert.equal(readFileSync(join(sandbox.root, "asked"), "utf8"), "asked\n");
  });

  it("asks a tool on PATH again when its file changed", async () => {
    sandbox.script("etcd", 'echo "etcd Version: 3.6.8"');
    await ensure("etcd");
    sandbox.script("etcd", 'echo "etcd Version: 3.7.0"');
    sandbox.go();
    assert.equal((await ensure("etcd")).etcd.source, "build");
  });

  it("does not take another version from PATH", async () => {
    sandbox.script("etcd", 'echo "etcd Version: 3.6.81"');
    sandbox.go();
    assert.equal((await ensure("etcd")).etcd.source, "build");
  });

  it("goes on where it stopped: what was built is kept", async () => {
    sandbox.go({ build: `case "$package" in *kwok) echo "x.go:1: undefined: y" >&2; exit 1 ;; esac; ${GOOD_BUILD}` });
    await failure("etcd", "kwok");
    sandbox.go();
    progress.lines.length = 0;
    await ensure("etcd", "kwok");
    assert.deepEqual(progress.lines, ["Building kwok v0.8.0 (step 1 of 1, about 1 min; 1 min for all that is left)"]);
  });

  it("builds a tool once when two ask for it at the same time", async () => {
    sandbox.go({ build: `sleep 0.5; ${GOOD_BUILD}` });
    const [one, two] = await Promise.all([ensure("etcd"), ensure("etcd")]);
    assert.equal(one.etcd.path, two.etcd.path);
    assert.deepEqual([one.etcd.source, two.etcd.source].sort(), ["build", "cache"]);
    assert.equal(sandbox.builds().length, 1);
    assert(
      progress.lines.some((line) => line.includes(`: waiting for pid ${process.pid} on `)),
      "the one that waits says for whom",
    );
  });

  it("builds a stored tool again when it was altered", async () => {
    sandbox.go();
    const { etcd } = await ensure("etcd");
    appendFileSync(etcd.path, "echo altered\n");
    assert.equal((await ensure("etcd")).etcd.source, "build");
    assert(!readFileSync(etcd.path, "utf8").includes("altered"));
  });

  it("accepts a stored tool whose time changed but whose content did not", async () => {
    sandbox.go();
    const { etcd } = await ensure("etcd");
    utimesSync(etcd.path, new Date(0), new Date(0));
    assert.equal((await ensure("etcd")).etcd.source, "cache");
    assert.equal(statSync(etcd.path).mtimeMs, 0);
  });

  it("leaves nothing half-made when a build fails", async () => {
    sandbox.go({ build: 'echo half > "$out"; echo "x.go:1: undefined: y" >&2; exit 1' });
    await failure("etcd");
    assert.deepEqual(readdirSync(join(sandbox.cache, "tools", "etcd")), []);
  });

  it("does not keep a tool that says another version than the pinned one", async () => {
    sandbox.go({ build: `printf '#!/bin/sh\\necho "etcd Version: 3.5.0"\\n' > "$out"; chmod 755 "$out"` });
    assert.deepEqual(await failure("etcd"), {
      what: "etcd was built, but says that it is version 3.5.0 instead of v3.6.8",
      remedy: "make local/toolchain/versions.ts and local/tools/kubernetes/go.mod agree",
      exitCode: 1,
    });
    assert.deepEqual(readdirSync(join(sandbox.cache, "tools", "etcd")), []);
  });

  it("says in one message what to install when there is no Go", async () => {
    assert.deepEqual(await failure("pulumi", "kwok"), {
      what:
        "pulumi v3.230.0, kwok v0.8.0: not on PATH at that version, not in the tool cache, no checked download to be had here.\n" +
        "Building from source needs Go 1.26 or newer, which is not installed.",
      remedy: "install Go 1.26 or newer (https://go.dev/dl/), then run the same command again",
      exitCode: 5,
    });
  });

  it("says so when Go is too old, and which one it is", async () => {
    sandbox.go({ version: "go1.25.4" });
    assert.deepEqual(await failure("kwok"), {
      what:
        "kwok v0.8.0: not on PATH at that version, not in the tool cache, no checked download to be had here.\n" +
        `Building from source needs Go 1.26 or newer, but ${join(sandbox.bin, "go")} is go1.25.4.`,
      remedy: "install Go 1.26 or newer (https://go.dev/dl/), then run the same command again",
      exitCode: 5,
    });
  });

  const failures: readonly {
    title: string;
    output: string;
    what: string;
    remedy: (log: string) => string;
    code: number;
  }[] = [
    {
      title: "no network",
      output: "go: k8s.io/api@v0.36.3: Get: dial tcp: lookup proxy.example on 127.0.0.53:53: no such host",
      what: "Building kwok v0.8.0 needs Go modules that are not on this machine, and their proxy cannot be reached",
      remedy: (log) =>
        `connect to the network (behind a proxy set HTTPS_PROXY or GOPROXY) and run the same command again; Go's output is in ${log}`,
      code: 5,
    },
    {
      title: "a module that go.sum does not agree with",
      output: "verifying k8s.io/api@v0.36.3: checksum mismatch\n\tdownloaded: h1:a\n\tgo.sum: h1:b\n\nSECURITY ERROR",
      what: "Building kwok v0.8.0: a Go module is not the one that go.sum pins, and was not used",
      remedy: (log) =>
        `see ${log}; if a proxy or a private GOPROXY alters modules, go round it, then run the same command again`,
      code: 5,
    },
    {
      title: "a full disk",
      output: "link: writing output: write /tmp/x: no space left on device",
      what: "Building kwok v0.8.0: the disk is full",
      remedy: () =>
        "free about 6 GB where Go's caches are (go env GOCACHE GOMODCACHE), then run the same command again: it resumes",
      code: 5,
    },
    {
      title: "too little memory",
      output: "k8s.io/api/core/v1: /usr/lib/go/compile: signal: killed",
      what: "Building kwok v0.8.0: the machine ran out of memory",
      remedy: () => "free about 2 GB of memory, then run the same command again: it resumes",
      code: 5,
    },
    {
      title: "anything else",
      output: "# sigs.k8s.io/kwok\nmain.go:3: undefined: x",
      what: "Building kwok v0.8.0 failed: main.go:3: undefined: x",
      remedy: (log) => `read ${log}, then run the same command again: what is built already is kept`,
      code: 1,
    },
  ];
  for (const { title, output, what, remedy, code } of failures) {
    it(`explains a build that fails by ${title}`, async () => {
      writeFileSync(join(sandbox.root, "output"), output);
      sandbox.go({ build: `cat '${join(sandbox.root, "output")}' >&2; exit 1` });
      const log = logFile("build-kwok.log");
      assert.deepEqual(await failure("kwok"), { what, remedy: remedy(log), exitCode: code });
      assert.equal(readFileSync(log, "utf8"), output);
    });
  }

  it("writes nothing into the user's home", async () => {
    sandbox.script("kubectl", 'echo x > "$HOME/touched" 2>/dev/null; echo "Client Version: v1.0.0"');
    sandbox.go();
    await ensure("kubectl");
    assert.deepEqual(readdirSync(join(sandbox.root, "home")), []);
    assert(existsSync(sandbox.cache));
  });
});
