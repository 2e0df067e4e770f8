import assert from "node:assert/strict";

import { ValidationError } from "../../components/core/errors";
import { parseConfig } from "../../infra/config/parse";
import {
  at,
  configOf,
  type ConfigValues,
  find,
  objectName,
  reaches,
  type Rendered,
  renderStack,
  stacks,
} from "../support/resources";

const SECRET = "monitoring-web-service-tls";

function tls(config: ConfigValues): ConfigValues {
  return (config["tls"] ??= {}) as ConfigValues;
}

const issuers = ({ resources }: Rendered) =>
  resources.filter(({ type }) => type === "kubernetes:cert-manager.io/v1:ClusterIssuer");

const server = (stack: Rendered) => {
  const [issuer] = issuers(stack);
  assert.ok(issuer);
  return at(issuer, "spec", "acme", "server");
};

describe("the certificate of the public hosts", () => {
  for (const name of stacks) {
    it(`names the public host and the preview in ${name}, whether or not an idle colour exists`, async () => {
      for (const change of [
        () => undefined,
        (config: ConfigValues) => {
          const release = config["release"] as { blue: unknown };
          config["release"] = { active: "blue", blue: release.blue };
        },
      ]) {
        const stack = await renderStack(name, change);
        const { host } = configOf(name)["traffic"] as { host: string };
        const certificate = find(stack, "Certificate", SECRET);
        assert.deepEqual(at(certificate, "spec", "dnsNames"), [host, `preview.${host}`]);
        assert.equal(at(certificate, "spec", "secretName"), SECRET);
      }
    });

    it(`is what every route of ${name} shows, and is there before it`, async () => {
      const stack = await renderStack(name);
      const certificate = find(stack, "Certificate", SECRET);
      const routes = stack.resources.filter(({ type }) => type.endsWith(":Ingress"));
      assert.ok(routes.length > 0);
      for (const route of routes) {
        assert.equal(at(route, "spec", "tls", 0, "secretName"), SECRET);
        assert.ok(reaches(stack, route).has(certificate.urn), route.urn);
      }
    });
  }

  it("has a new key each time, lasts 90 days, and is renewed a month before its end", async () => {
    const certificate = find(await renderStack("production"), "Certificate", SECRET);
    assert.deepEqual(at(certificate, "spec", "privateKey"), {
      algorithm: "ECDSA",
      size: 256,
      rotationPolicy: "Always",
    });
    assert.equal(at(certificate, "spec", "duration"), "2160h");
    assert.equal(at(certificate, "spec", "renewBefore"), "720h");
  });

  it("is waited for: an update that ends well has a certificate", async () => {
    const certificate = find(await renderStack("production"), "Certificate", SECRET);
    assert.equal(at(certificate, "metadata", "annotations", "pulumi.com/waitFor"), "condition=Ready");
  });

  it("comes from Let's Encrypt in production, and from its staging directory elsewhere", async () => {
    assert.equal(server(await renderStack("production")), "https://acme-v02.api.letsencrypt.org/directory");
    assert.equal(server(await renderStack("staging")), "https://acme-staging-v02.api.letsencrypt.org/directory");
  });

  it("comes from the directory that is asked for by name", async () => {
    const stack = await renderStack("staging", (config) => {
      (tls(config)["acme"] as ConfigValues)["directory"] = "production";
    });
    assert.equal(server(stack), "https://acme-v02.api.letsencrypt.org/directory");
  });

  it("is proven by DNS records, with no credential in the issuer", async () => {
    const [issuer] = issuers(await renderStack("production"));
    assert.ok(issuer);
    assert.equal(objectName(issuer), "monitoring-web-service-prod-acme");
    assert.deepEqual(at(issuer, "spec", "acme", "solvers"), [
      { dns01: { route53: { region: "eu-west-1", hostedZoneID: "Z0123456789ABCDEFGHIJ" } } },
    ]);
  });

  it("comes from the stack's own authority in the local stack, which asks nobody outside", async () => {
    const stack = await renderStack("local");
    assert.deepEqual(issuers(stack), []);
    assert.deepEqual(at(find(stack, "Certificate", SECRET), "spec", "issuerRef"), {
      group: "cert-manager.io",
      kind: "Issuer",
      name: "internal-ca-issuer",
    });
  });

  it("is nobody's business of ours where somebody else keeps the Secret; the authority for the inside stays", async () => {
    const stack = await renderStack("production", (config) => {
      config["tls"] = { issuer: "existing" };
    });
    assert.deepEqual(issuers(stack), []);
    const certificates = stack.resources.filter(({ type }) => type.endsWith(":Certificate")).map(objectName);
    assert.ok(!certificates.includes(SECRET));
    assert.ok(certificates.includes("internal-ca"));
  });

  it("opens the way to the Internet for cert-manager, if it comes from there", async () => {
    const egress = async (issuer: string) => {
      const { resources } = await renderStack("production", (config) => (tls(config)["issuer"] = issuer));
      const policy = resources.find(
        (one) => one.type.endsWith(":NetworkPolicy") && one.name === "platform-cert-manager-policies-cert-manager",
      );
      assert.ok(policy);
      return JSON.stringify(at(policy, "spec", "egress"));
    };
    assert.ok((await egress("acme")).includes("0.0.0.0/0"));
    assert.ok(!(await egress("internal")).includes("0.0.0.0/0"));
  });
});

describe("the configuration of certificates", () => {
  const faults = (stack: "staging" | "production", change: (config: ConfigValues) => void): readonly string[] => {
    const values = configOf(stack);
    change(values);
    try {
      parseConfig({ stack, values, encrypted: new Set() });
    } catch (error) {
      assert.ok(error instanceof ValidationError, String(error));
      return error.message.split("\n").map((line) => line.trim());
    }
    return [];
  };

  it("refuses an authority that is told too little", () => {
    assert.deepEqual(
      faults("staging", (config) => {
        config["tls"] = { issuer: "acme" };
      }),
      [
        "Configuration of stack staging has 2 faults:",
        "tls.acme.email is missing; allowed: an e-mail address where tls.issuer is acme",
        "pulumi config set --path 'tls.acme.email' 'operations@example.com' --stack staging",
        "tls.acme.dns01.region is missing; allowed: an AWS region where tls.issuer is acme",
        "pulumi config set --path 'tls.acme.dns01.region' 'eu-west-1' --stack staging",
      ],
    );
  });

  it("refuses a staging certificate in production", () => {
    assert.deepEqual(
      faults("production", (config) => {
        (tls(config)["acme"] as ConfigValues)["directory"] = "staging";
      }),
      [
        "Configuration of stack production has 1 fault:",
        'tls.acme.directory is "staging"; allowed: production in production: no browser trusts a staging certificate',
        "pulumi config set --path 'tls.acme.directory' 'production' --stack production",
      ],
    );
  });
});
