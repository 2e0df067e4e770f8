import assert from "node:assert/strict";

import { isSecret, type Output, runtime } from "@pulumi/pulumi";
import fc from "fast-check";

import { AppNamespace } from "../../../components/security/app-namespace";
import { RegistryCredentials } from "../../../components/security/registry-credentials";
import { fillTemplate, GeneratedDelivery, secretsIn } from "../../../components/security/secret-delivery";
import { installMonitor } from "../../support/mocks";

/** What an output resolves to. */
const valueOf = <Value>(output: Output<Value>) =>
  new Promise<Value>((resolve) => {
    output.apply(resolve);
  });

describe("a secret template", () => {
  it("names each of its secrets once", () => {
    assert.deepEqual(secretsIn("{{ .a }}:{{ .b | toJson }}@{{ .a }}"), ["a", "b"]);
    assert.deepEqual(secretsIn("a.b {c}"), []);
  });

  for (const template of ["{{.a}}", "{{ .a | quote }}", "{{ .a", "a }}", "{{ if .a }}x{{ end }}", "{{ .a-b }}"]) {
    it(`refuses ${template}, which not every delivery would understand alike`, () => {
      assert.throws(() => secretsIn(template), {
        message: `A secret template knows {{ .name }}, {{ .name | toJson }} and nothing else of the template language: ${template}`,
      });
    });
  }

  it("names what exists when it asks for a secret that does not", () => {
    assert.throws(() => fillTemplate("{{ .jwt }}", { csrf: "x", cache: "y" }), {
      message: "There is no secret called jwt; there are csrf, cache",
    });
  });

  it("puts any value in as it is, also one that looks like a template or a replacement pattern", async () => {
    installMonitor("project", "stack");
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.constantFrom("$&", "$1", "{{ .a }}")), async (value) => {
        assert.equal(await valueOf(fillTemplate("<{{ .a }}>", { a: value })), `<${value}>`);
        assert.deepEqual(JSON.parse(await valueOf(fillTemplate('[{{ .a | toJson }}, "b"]', { a: value }))), [
          value,
          "b",
        ]);
      }),
    );
  });

  it("gives a secret, also around a value that is none", async () => {
    installMonitor("project", "stack");
    assert.equal(await isSecret(fillTemplate("{{ .a }}", { a: "plain" })), true);
  });
});

describe("RegistryCredentials", () => {
  const server = "registry.example.com";

  it("are what the kubelet reads, whatever characters are in user name and password", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string().filter((text) => !/\{\{|\}\}/.test(text)),
        fc.string(),
        async (username, password) => {
          const monitor = installMonitor("project", "stack");
          await runtime.runInPulumiStack(() => {
            const namespace = new AppNamespace("namespace", { namespace: "apps", environment: "local", demands: [] });
            const delivery = new GeneratedDelivery({ values: { registryPassword: password } });
            new RegistryCredentials("registry-secret", { namespace, server, username, delivery });
            return Promise.resolve({});
          });
          await runtime.disconnect();

          const made = monitor.recorded.find(({ type }) => type === "kubernetes:core/v1:Secret")?.inputs;
          assert.equal(made?.["type"], "kubernetes.io/dockerconfigjson");
          const { value } = made["stringData"] as { value: Record<string, string> };
          assert.deepEqual(JSON.parse(value[".dockerconfigjson"] ?? ""), {
            auths: { [server]: { username, password } },
          });
        },
      ),
      { numRuns: 20 },
    );
  });
});
