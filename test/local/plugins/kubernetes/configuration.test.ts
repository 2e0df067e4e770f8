import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectionError } from "../../../../local/plugins/kubernetes/api-error";
import { isLoopback, parseWarnings } from "../../../../local/plugins/kubernetes/client";
import { diffSettings } from "../../../../local/plugins/kubernetes/config-diff";
import { CredentialSource } from "../../../../local/plugins/kubernetes/credentials";
import { loadAccess } from "../../../../local/plugins/kubernetes/kubeconfig";
import { UNKNOWN, type JsonObject } from "../../../../local/plugins/kubernetes/properties";
import { checkSettings, readSettings } from "../../../../local/plugins/kubernetes/settings";

function kubeconfig(server: string, user: JsonObject = { token: "t" }): string {
  return JSON.stringify({
    "current-context": "a",
    contexts: [{ name: "a", context: { cluster: "c", user: "u", namespace: "team" } }],
    clusters: [{ name: "c", cluster: { server } }],
    users: [{ name: "u", user }],
  });
}

const here = kubeconfig("https://here");
const there = kubeconfig("https://there");

describe("changed provider arguments", () => {
  const table: readonly (readonly [string, JsonObject, JsonObject, readonly string[]])[] = [
    [
      "replace nothing when the identifier stays, whatever else changes",
      { clusterIdentifier: "x", kubeconfig: here },
      { clusterIdentifier: "x", kubeconfig: there, context: "b" },
      [],
    ],
    [
      "replace nothing when the identifier stays and the kubeconfig is unknown",
      { clusterIdentifier: "x", kubeconfig: here },
      { clusterIdentifier: "x", kubeconfig: UNKNOWN },
      [],
    ],
    [
      "replace everything when the identifier changes",
      { clusterIdentifier: "x", kubeconfig: here },
      { clusterIdentifier: "y", kubeconfig: here },
      ["clusterIdentifier"],
    ],
    [
      "replace nothing when an identifier is added for the same cluster",
      { kubeconfig: here },
      { kubeconfig: here, clusterIdentifier: "x" },
      [],
    ],
    ["replace by another server without an identifier", { kubeconfig: here }, { kubeconfig: there }, ["kubeconfig"]],
    [
      "replace nothing for new credentials of the same server",
      { kubeconfig: here },
      { kubeconfig: kubeconfig("https://here", { token: "new" }) },
      [],
    ],
    [
      "replace for an unknown kubeconfig without an identifier",
      { kubeconfig: here },
      { kubeconfig: UNKNOWN },
      ["kubeconfig"],
    ],
    ["replace nothing for a flag", { kubeconfig: here }, { kubeconfig: here, enableSecretMutable: "true" }, []],
  ];
  for (const [sentence, olds, news, expected] of table) {
    it(sentence, () => {
      assert.deepEqual(diffSettings(olds, news).replaces, expected);
    });
  }

  it("are named one by one", () => {
    assert.deepEqual(diffSettings({ kubeconfig: here, namespace: "a" }, { kubeconfig: here, context: "a" }).diffs, [
      "context",
      "namespace",
    ]);
  });
});

describe("provider arguments", () => {
  it("may be booleans or their words, and win over the environment", () => {
    const env = { PULUMI_K8S_ENABLE_SECRET_MUTABLE: "true", PULUMI_K8S_DELETE_UNREACHABLE: "true" };
    const settings = readSettings({ enableConfigMapMutable: true, deleteUnreachable: "false" }, env);
    assert.deepEqual(
      [settings.configMapMutable, settings.secretMutable, settings.deleteUnreachable],
      [true, true, false],
    );
  });

  it("are refused where the stand-in cannot follow, or where they contradict each other", () => {
    assert.deepEqual(checkSettings({ enableServerSideApply: "false" }), [
      {
        property: "enableServerSideApply",
        reason: "the stand-in updates by server-side apply only; leave the argument out, or set it to true",
      },
    ]);
    assert.deepEqual(checkSettings({ renderYamlToDirectory: "out", context: "a" }), [
      { property: "context", reason: '"context" arg is not compatible with "renderYamlToDirectory" arg' },
    ]);
    assert.deepEqual(checkSettings({ kubeconfig: here, context: "a", enableServerSideApply: "true" }), []);
  });
});

describe("a kubeconfig", () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), "kubeconfig-"))));
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it("is taken as text or as a path, with files relative to itself", () => {
    writeFileSync(join(folder, "ca.pem"), "CA");
    const cluster = { server: "https://here/", "certificate-authority": "ca.pem" };
    const config = {
      "current-context": "a",
      contexts: [{ name: "a", context: { cluster: "c" } }],
      clusters: [{ name: "c", cluster }],
    };
    const path = join(folder, "config");
    writeFileSync(path, JSON.stringify(config));
    const access = loadAccess({ kubeconfig: path });
    assert.deepEqual([access.server, access.ca, access.context], ["https://here", "CA", "a"]);
    assert.equal(loadAccess({ kubeconfig: here }).namespace, "team");
  });

  it("is merged from the files of KUBECONFIG, the first of which wins", () => {
    writeFileSync(join(folder, "one"), here);
    writeFileSync(join(folder, "two"), there);
    const env = { KUBECONFIG: [join(folder, "missing"), join(folder, "one"), join(folder, "two")].join(":") };
    assert.equal(loadAccess({}, env).server, "https://here");
  });

  it("without the context that was asked for names those that it has", () => {
    assert.throws(() => loadAccess({ kubeconfig: here, context: "b" }), {
      message: 'the kubeconfig has no context "b"',
      remedy: "Set the provider's context to one of: a.",
    });
  });

  it("that is no YAML is not quoted, for it may hold credentials", () => {
    assert.throws(() => loadAccess({ kubeconfig: "{ token: hunter22\n" }), {
      message: "the provider's kubeconfig is not valid YAML",
    });
  });

  it("may name a program that hands out credentials, which is asked once while they last", async () => {
    const count = join(folder, "count");
    const status = { token: "issued", expirationTimestamp: "2999-01-01T00:00:00Z" };
    const script = `require("fs").appendFileSync(${JSON.stringify(count)}, "x"); console.log(${JSON.stringify(JSON.stringify({ status }))})`;
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: process.execPath, args: ["-e", script] };
    const source = new CredentialSource(loadAccess({ kubeconfig: kubeconfig("https://here", { exec }) }));
    assert.equal((await source.current()).authorization, "Bearer issued");
    assert.equal((await source.current()).authorization, "Bearer issued");
    const { readFileSync } = await import("node:fs");
    assert.equal(readFileSync(count, "utf8"), "x");
  });

  it("whose program fails says so with the program's last line", async () => {
    const exec = { command: process.execPath, args: ["-e", 'console.error("session expired"); process.exit(3)'] };
    const source = new CredentialSource(loadAccess({ kubeconfig: kubeconfig("https://here", { exec }) }));
    await assert.rejects(source.current(), {
      message: `the kubeconfig's credential program ${process.execPath} failed: session expired`,
    });
  });
});

describe("a connection that fails", () => {
  it("says whether there is no server, or another one", () => {
    const failure = (code: string) => connectionError(Object.assign(new Error("x"), { code }), "https://here", "a");
    assert.equal(
      failure("ECONNREFUSED").message,
      "the Kubernetes API server https://here is unreachable (ECONNREFUSED). Start the cluster, or point the provider's " +
        'kubeconfig and context "a" to one that runs.',
    );
    assert.equal(
      failure("UNABLE_TO_VERIFY_LEAF_SIGNATURE").message,
      "the Kubernetes API server https://here shows a certificate that the kubeconfig's authority did not sign " +
        '(UNABLE_TO_VERIFY_LEAF_SIGNATURE): it is another cluster, or this one was made anew. Write the kubeconfig of context "a" again.',
    );
  });
});

describe("the client", () => {
  it("knows this machine's own addresses, which no proxy serves", () => {
    assert.deepEqual(["localhost", "127.0.0.1", "127.9.9.9", "[::1]", "10.0.0.1", "127.example.com"].map(isLoopback), [
      true,
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  it("reads the server's warnings", () => {
    assert.deepEqual(parseWarnings('299 - "v1 is deprecated", 299 - "unknown \\"a, b\\""'), [
      "v1 is deprecated",
      'unknown "a, b"',
    ]);
    assert.deepEqual(parseWarnings(undefined), []);
  });
});
