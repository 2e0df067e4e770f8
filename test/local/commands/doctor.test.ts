import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../../../local/state";
import { diagnose } from "../../../local/toolchain/doctor/checks";
import type { Finding, Machine } from "../../../local/toolchain/doctor/machine";

const GIB = 2 ** 30;

const sound: Machine = {
  platform: "linux",
  arch: "x64",
  nodeVersion: "v24.21.0",
  npmVersion: "11.19.1",
  go: { path: "/usr/local/go/bin/go", version: "go1.26.8", recent: true },
  missingTools: ["pulumi v3.230.0", "kwok v0.8.0"],
  cache: "/cache",
  goCache: "/go-cache",
  free: { "/cache": 50 * GIB, "/go-cache": 50 * GIB },
  memory: 8 * GIB,
  openFiles: 4096,
  inotify: { instances: 128, watches: 65536 },
  env: {},
  loopbackFault: undefined,
  takenPorts: [],
};

const failing = (change: Partial<Machine>) =>
  diagnose({ ...sound, ...change }).filter((finding) => finding.why !== undefined);

describe("doctor", () => {
  it("finds nothing to complain about on a sound machine", () => {
    assert.deepEqual(
      diagnose(sound).map(({ name, what }) => `${name}: ${what}`),
      [
        "platform: linux on x64",
        "Node: v24.21.0",
        "npm: 11.19.1",
        "Go: go1.26.8 (/usr/local/go/bin/go)",
        "disk: 50.0 GiB free in /cache",
        "memory: 8.0 GiB free",
        "open files: at most 4096 per process",
        "inotify: 128 instances, 65536 watches per user",
        "proxy: none",
        "ports: free on 127.0.0.1",
      ],
    );
    assert.deepEqual(failing({}), []);
  });

  const broken: readonly { readonly title: string; readonly change: Partial<Machine>; readonly finding: Finding }[] = [
    {
      title: "Windows itself",
      change: { platform: "win32" },
      finding: {
        name: "platform",
        what: "win32 on x64",
        why: "the control plane runs on Linux and macOS only",
        fix: "on Windows use WSL2 (wsl --install)",
      },
    },
    {
      title: "a processor that no tool is pinned for",
      change: { arch: "s390x" },
      finding: {
        name: "platform",
        what: "linux on s390x",
        why: "no tool is pinned for this processor",
        fix: "use a machine with an x64 or arm64 processor",
      },
    },
    {
      title: "an old Node",
      change: { nodeVersion: "v22.18.0" },
      finding: {
        name: "Node",
        what: "v22.18.0",
        why: "the Pulumi SDK needs Node 22.19.0 or newer",
        fix: "start it with npm (npm run doctor), which brings a newer Node",
      },
    },
    {
      title: "a missing npm",
      change: { npmVersion: undefined },
      finding: {
        name: "npm",
        what: "not found",
        why: "dependencies cannot be installed",
        fix: "install npm or put it on PATH",
      },
    },
    {
      title: "a missing Go while tools have to be built",
      change: { go: undefined },
      finding: {
        name: "Go",
        what: "not installed",
        why: "pulumi v3.230.0, kwok v0.8.0 are not on this machine, and building needs Go 1.26 or newer",
        fix: "install Go 1.26 or newer (https://go.dev/dl/)",
      },
    },
    {
      title: "an old Go while a tool has to be built",
      change: { go: { path: "/usr/bin/go", version: "go1.22.1", recent: false }, missingTools: ["kwok v0.8.0"] },
      finding: {
        name: "Go",
        what: "go1.22.1 (/usr/bin/go)",
        why: "kwok v0.8.0 is not on this machine, and building needs Go 1.26 or newer",
        fix: "install Go 1.26 or newer (https://go.dev/dl/)",
      },
    },
    {
      title: "a disk too small for the first build",
      change: { free: { "/cache": 50 * GIB, "/go-cache": 5.9 * GIB } },
      finding: {
        name: "disk",
        what: "5.9 GiB free in /go-cache",
        why: "the first build needs about 6.0 GiB",
        fix: "free some space, or set XDG_CACHE_HOME (and GOCACHE) to a folder on a larger disk",
      },
    },
    {
      title: "a disk too small to run",
      change: { missingTools: [], free: { "/cache": 0.5 * GIB } },
      finding: {
        name: "disk",
        what: "0.5 GiB free in /cache",
        why: "running needs about 1.0 GiB",
        fix: "free some space, or set XDG_CACHE_HOME (and GOCACHE) to a folder on a larger disk",
      },
    },
    {
      title: "too little memory",
      change: { memory: 1.5 * GIB },
      finding: {
        name: "memory",
        what: "1.5 GiB free",
        why: "the control plane and the engine need about 2.0 GiB",
        fix: "end other programs",
      },
    },
    {
      title: "too few open files",
      change: { openFiles: 256 },
      finding: {
        name: "open files",
        what: "at most 256 per process",
        why: "etcd and the API server need 1024",
        fix: "ulimit -n 4096",
      },
    },
    {
      title: "too few inotify instances",
      change: { inotify: { instances: 16, watches: 65536 } },
      finding: {
        name: "inotify",
        what: "16 instances, 65536 watches per user",
        why: "the API server watches its certificate files; 64 instances and 8192 watches are needed",
        fix: "sudo sysctl fs.inotify.max_user_instances=512 fs.inotify.max_user_watches=524288",
      },
    },
    {
      title: "a proxy that catches loopback",
      change: { env: { https_proxy: "http://proxy:3128", NO_PROXY: "example.com" } },
      finding: {
        name: "proxy",
        what: "https_proxy is set",
        why: "calls between the engine, its plugins and the API server on 127.0.0.1 would go through it",
        fix: "export NO_PROXY=example.com,127.0.0.1,localhost",
      },
    },
    {
      title: "a loopback interface that is down",
      change: { loopbackFault: "EADDRNOTAVAIL" },
      finding: {
        name: "ports",
        what: "127.0.0.1 does not work (EADDRNOTAVAIL)",
        why: "every part of the control plane listens there",
        fix: "bring the loopback interface up (sudo ip link set lo up), or allow it in the sandbox",
      },
    },
    {
      title: "a port of the environment that somebody took",
      change: { takenPorts: [{ port: 20001, holder: "pid 42 (nginx)" }] },
      finding: {
        name: "ports",
        what: "20001 is taken by pid 42 (nginx)",
        why: "the environment used it before and would not start",
        fix: "end that process, or choose other ports: npm run local -- up --new-ports",
      },
    },
  ];
  for (const { title, change, finding } of broken) {
    it(`names ${title}, why it matters and its fix`, () => {
      assert.deepEqual(failing(change), [finding]);
    });
  }

  for (const [title, change] of [
    ["a missing Go when nothing has to be built", { go: undefined, missingTools: [] }],
    ["a proxy that leaves loopback alone", { env: { HTTP_PROXY: "http://proxy:3128", no_proxy: "x, 127.0.0.1" } }],
    ["an unlimited number of open files", { openFiles: Infinity }],
    ["a system without inotify", { inotify: undefined }],
    ["macOS on Apple silicon", { platform: "darwin", arch: "arm64", memory: undefined }],
    ["Node 26", { nodeVersion: "v26.1.0" }],
  ] as const) {
    it(`accepts ${title}`, () => {
      assert.deepEqual(failing(change), []);
    });
  }

  describe("as a command", () => {
    const cache = mkdtempSync(join(tmpdir(), "doctor-"));

    after(() => {
      rmSync(cache, { recursive: true });
    });

    const doctor = (args: readonly string[], env: NodeJS.ProcessEnv) =>
      spawnSync(process.execPath, ["-r", "ts-node/register", "local/commands/doctor.ts", ...args], {
        cwd: projectRoot,
        encoding: "utf8",
        env: { PATH: process.env["PATH"], HOME: cache, XDG_CACHE_HOME: cache, LOCAL_STATE: join(cache, "s"), ...env },
      });

    it("prints each finding, what fails with its fix, and exits 5", () => {
      const { stdout, status } = doctor([], { HTTP_PROXY: "http://proxy:3128" });
      assert.match(stdout, /^ok {6}platform: /m);
      assert.match(
        stdout,
        /^PROBLEM proxy: HTTP_PROXY is set\n {8}why: calls between .* would go through it\n {8}fix: export NO_PROXY=127\.0\.0\.1,localhost$/m,
      );
      assert.match(stdout, /^\d+ to fix before npm start\n$/m);
      assert.equal(status, 5);
    });

    it("prints the same as JSON", () => {
      const { stdout } = doctor(["--json"], { HTTP_PROXY: "http://proxy:3128" });
      const report = JSON.parse(stdout) as { ok: boolean; findings: Finding[] };
      assert.equal(report.ok, false);
      assert.equal(report.findings.find(({ name }) => name === "proxy")?.fix, "export NO_PROXY=127.0.0.1,localhost");
    });

    it("refuses an argument that it does not know", () => {
      const { stderr, status } = doctor(["--jsn"], {});
      assert.equal(
        stderr,
        "Error: doctor does not know --jsn\nTo fix: use: npm run doctor, or npm run -s doctor -- --json\n",
      );
      assert.equal(status, 2);
    });
  });
});
