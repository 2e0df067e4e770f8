import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import { topologyOf } from "../../../components/cache/in-cluster-cache";
import { proxyConfig } from "../../../components/cache/proxy-config";
import { debianPackages, whyNoPackages } from "../../support/cache/debian-packages";

const rendered = (replicas: number, ca = "/etc/valkey-ca/ca.crt") =>
  proxyConfig({
    members: topologyOf("shop", { replicas }).members,
    port: 6379,
    metricsPort: 8405,
    ca,
    resolve: true,
  });

describe("the configuration of the cache's proxy", () => {
  it("serves a primary that a majority follows, and no other", () => {
    assert.match(rendered(2), /expect rstring "role:master\[\\s\\S\]\*min_slaves_good_slaves:\[1-9\]"/);
    assert.match(rendered(4), /min_slaves_good_slaves:\[2-9\]"/);
    assert.match(rendered(0), /expect rstring "role:master"/);
    assert.match(rendered(2), /tcp-request connection reject if \{ nbsrv\(primary\) gt 1 \}/);
    assert.match(rendered(2), /on-marked-down shutdown-sessions/);
  });

  it("checks every server's certificate, by its name", () => {
    const servers = rendered(2).match(/^ {2}server .*$/gm) ?? [];
    assert.deepEqual(
      servers,
      [0, 1, 2].map((ordinal) => {
        const host = `valkey-${ordinal}.valkey.shop.svc.cluster.local`;
        return `  server valkey-${ordinal} ${host}:6379 verifyhost ${host}`;
      }),
    );
    assert.match(rendered(2), /default-server check-ssl verify required ca-file \/etc\/valkey-ca\/ca.crt/);
  });

  it("is one that HAProxy takes, as it is in the cluster", async function () {
    this.timeout(120_000);
    if (whyNoPackages() !== undefined) this.skip();
    const { path, libraries } = await debianPackages("redis-server", "redis-tools", "haproxy");
    const folder = mkdtempSync(join(tmpdir(), "proxy-config-"));
    try {
      const ca = join(folder, "ca.crt");
      const key = join(folder, "ca.key");
      await execa("openssl", [
        ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
        ...["-subj", "/CN=ca", "-keyout", key, "-out", ca],
      ]);
      const file = join(folder, "haproxy.cfg");
      writeFileSync(file, rendered(2, ca).replaceAll(/\{\{ \.\w+ \}\}/g, "password"));
      const haproxy = await execa("haproxy", ["-c", "-f", file], {
        env: { PATH: [path, "/usr/bin", "/bin"].join(delimiter), LD_LIBRARY_PATH: libraries },
        extendEnv: false,
        all: true,
        reject: false,
      });
      assert.equal(haproxy.exitCode, 0, haproxy.all);
      assert.doesNotMatch(haproxy.all, /WARNING|ALERT/, haproxy.all);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
