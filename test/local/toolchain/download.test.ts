import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { type ResolvedTool, ensureTools } from "../../../local/toolchain";
import { type DownloadSpec, type ToolName, currentPlatform } from "../../../local/toolchain/versions";
import { RecordedProgress, Sandbox, withoutDownloads } from "../../support/fake-tools";

const ETCD = '#!/bin/sh\necho "etcd Version: 3.6.8"\n';

describe("an official download", () => {
  let sandbox: Sandbox;
  let progress: RecordedProgress;
  let server: Server;
  let requests: string[];
  /** What the server answers; nothing at all when undefined. */
  let content: Buffer | undefined;
  let status: number;

  beforeEach(async () => {
    sandbox = new Sandbox();
    progress = new RecordedProgress();
    requests = [];
    content = Buffer.from(ETCD);
    status = 200;
    server = createServer((request, response) => {
      requests.push(request.url ?? "");
      if (content === undefined) return;
      response.statusCode = status;
      response.end(content);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
    sandbox.remove();
  });

  const url = (name = "etcd") => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}`;
  const sha256 = (data: Buffer | string) => createHash("sha256").update(data).digest("hex");

  function ensure(
    downloads: Partial<Record<ToolName, DownloadSpec>>,
    names: readonly ("etcd" | "kubectl")[] = ["etcd"],
  ): Promise<Record<"etcd" | "kubectl", ResolvedTool>> {
    const platform = currentPlatform();
    assert(platform !== undefined);
    const table = { ...withoutDownloads };
    for (const [name, spec] of Object.entries(downloads) as [ToolName, DownloadSpec][]) {
      table[name] = { ...table[name], downloads: { [platform]: spec } };
    }
    return ensureTools(names, progress, { env: sandbox.env, table, cores: 2 });
  }

  it("is taken when its checksum is the pinned one, without any Go", async () => {
    const { etcd } = await ensure({ etcd: { url: url(), sha256: sha256(ETCD) } });
    assert.equal(etcd.source, "download");
    assert.equal(readFileSync(etcd.path, "utf8"), ETCD);
    assert.deepEqual(progress.lines, ["Looking for a download of etcd v3.6.8"]);
    assert.equal((await ensure({ etcd: { url: url(), sha256: sha256(ETCD) } })).etcd.source, "cache");
    assert.deepEqual(requests, ["/etcd"]);
  });

  it("gives the tool and what belongs beside it out of an archive", async () => {
    const archive = join(sandbox.root, "x.tar.gz");
    const files = { "release/etcd": ETCD, "release/helper": "help", "release/other": "no" };
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(sandbox.root, name)), { recursive: true });
      writeFileSync(join(sandbox.root, name), text);
    }
    execFileSync("tar", ["-czf", archive, "-C", sandbox.root, "release"]);
    content = readFileSync(archive);
    const members = ["release/etcd", "release/helper"];
    const { etcd } = await ensure({ etcd: { url: url(), sha256: sha256(content), members } });
    assert.deepEqual(readdirSync(dirname(etcd.path)).sort(), ["etcd", "helper", "record.json"]);
  });

  it("is thrown away when its checksum is another one; the tool is built instead", async () => {
    sandbox.go();
    const { etcd } = await ensure({ etcd: { url: url(), sha256: sha256("what was expected") } });
    assert.equal(etcd.source, "build");
    assert.notEqual(readFileSync(etcd.path, "utf8"), ETCD);
    assert.deepEqual(progress.lines, [
      "Looking for a download of etcd v3.6.8",
      "Looking for a download of etcd v3.6.8: it is not the file whose checksum is pinned: thrown away, it is built instead",
      "Building etcd v3.6.8 (step 1 of 1, about 25 s; 25 s for all that is left)",
    ]);
  });

  it("that is gone is no reason to stop: the tool is built, the next download is tried", async () => {
    sandbox.go();
    status = 404;
    const spec = { url: url(), sha256: sha256(ETCD) };
    const { etcd } = await ensure({ etcd: spec, kubectl: { ...spec, url: url("kubectl") } }, ["etcd", "kubectl"]);
    assert.equal(etcd.source, "build");
    assert.deepEqual(requests, ["/etcd", "/kubectl"]);
    assert.equal(progress.lines[1], "Looking for a download of etcd v3.6.8: not there, it is built instead");
  });

  it("from a host that does not answer is given up, and no other is tried", async () => {
    sandbox.go();
    content = undefined;
    const spec = { url: url(), sha256: sha256(ETCD) };
    const { etcd } = await ensure({ etcd: spec, kubectl: { ...spec, url: url("kubectl") } }, ["etcd", "kubectl"]);
    assert.equal(etcd.source, "build");
    assert.deepEqual(requests, ["/etcd"]);
    assert.equal(
      progress.lines[1],
      "Looking for a download of etcd v3.6.8: not reachable from here, it is built instead",
    );
  });
});
