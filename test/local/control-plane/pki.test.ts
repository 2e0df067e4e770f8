import { strict as assert } from "node:assert";
import { createPublicKey, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, createServer, type TLSSocket } from "node:tls";
import { ensurePki, loadPki, type Pki } from "../../../local/control-plane/pki";

describe("the certificates of an environment", () => {
  let folder: string;
  let pki: Pki;

  beforeEach(async () => {
    folder = join(mkdtempSync(join(tmpdir(), "pki-")), "pki");
    pki = await ensurePki(folder);
  });

  afterEach(() => {
    rmSync(join(folder, ".."), { recursive: true, force: true });
  });

  it("are for their owner only", () => {
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    for (const name of readdirSync(folder)) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name);
  });

  it("say who their owner is to Kubernetes", () => {
    const subject = (name: keyof Pki["certificates"]) =>
      new X509Certificate(pki.certificates[name].certificate).subject;
    assert.equal(subject("admin"), "O=system:masters\nCN=local-admin");
    assert.equal(subject("kube-controller-manager"), "CN=system:kube-controller-manager");
    assert.equal(subject("kube-scheduler"), "CN=system:kube-scheduler");
  });

  it("keep clients of the API server away from etcd", () => {
    const etcd = new X509Certificate(pki.etcdAuthority.certificate);
    const ours = new X509Certificate(pki.authority.certificate);
    for (const [name, { certificate }] of Object.entries(pki.certificates)) {
      const parsed = new X509Certificate(certificate);
      assert.equal(parsed.checkIssued(etcd) && parsed.verify(etcd.publicKey), name.startsWith("etcd"), name);
      assert.equal(parsed.checkIssued(ours) && parsed.verify(ours.publicKey), !name.startsWith("etcd"), name);
    }
  });

  it("are accepted in a handshake on the loopback address, both ways", async () => {
    const { certificate: cert, key } = pki.certificates["kube-apiserver"];
    const ca = pki.authority.certificate;
    const server = createServer({ cert, key, ca, requestCert: true, rejectUnauthorized: true });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const accepted = once(server, "secureConnection") as Promise<[TLSSocket]>;
    const { certificate, key: clientKey } = pki.certificates.admin;
    const client = connect({
      port: (server.address() as AddressInfo).port,
      host: "127.0.0.1",
      ca,
      cert: certificate,
      key: clientKey,
    });
    await once(client, "secureConnect");
    assert.equal(client.authorized, true);
    const [socket] = await accepted;
    assert.equal(socket.getPeerCertificate().subject.CN, "local-admin");
    client.destroy();
    server.close();
  });

  it("are kept as they are", async () => {
    const before = new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]));
    const again = await ensurePki(folder);
    assert.equal(again.fingerprint, pki.fingerprint);
    assert.deepEqual(
      new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")])),
      before,
    );
    assert.equal(loadPki(folder)?.fingerprint, pki.fingerprint);
  });

  it("are made whole whichever file is missing, cut off or another's", async () => {
    for (const name of readdirSync(folder)) {
      for (const damage of [
        (file: string) => {
          rmSync(file);
        },
        (file: string) => {
          truncateSync(file, 40);
        },
        (file: string) => {
          writeFileSync(file, readFileSync(join(folder, name.endsWith(".crt") ? "admin.crt" : "admin.key"), "utf8"));
        },
      ]) {
        const before = readFileSync(join(folder, name), "utf8");
        damage(join(folder, name));
        if (readFileIfThere(join(folder, name)) === before) continue;
        assert.equal(loadPki(folder), undefined, `${name} is damaged`);
        const healed = await ensurePki(folder);
        assert.equal(loadPki(folder)?.fingerprint, healed.fingerprint, name);
        for (const { certificate, key } of Object.values(healed.certificates)) {
          const parsed = new X509Certificate(certificate);
          assert.equal(parsed.publicKey.equals(createPublicKey(key)), true);
        }
      }
    }
  });

  it("change their fingerprint with each of them", async () => {
    const seen = new Set([pki.fingerprint]);
    for (const name of readdirSync(folder).filter((file) => file.endsWith(".key"))) {
      rmSync(join(folder, name));
      seen.add((await ensurePki(folder)).fingerprint);
    }
    assert.equal(seen.size, readdirSync(folder).filter((file) => file.endsWith(".key")).length + 1);
  });
});

function readFileIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
