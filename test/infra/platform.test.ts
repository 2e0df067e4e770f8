import assert from "node:assert/strict";
import { join } from "node:path";

import { ValidationError } from "../../components/core/errors";
import { type AddonName, charts } from "../../components/cluster/addons/charts";
import { parseConfig } from "../../infra/config/parse";
import { crdModules } from "../../local/toolchain/versions";
import { tableOf } from "../support/documents";
import { hideSecrets, type Registered } from "../support/mocks";
import {
  at,
  configOf,
  type ConfigValues,
  differences,
  objectName,
  reaches,
  type Rendered,
  renderStack,
  stacks,
} from "../support/resources";

const isRelease = ({ type }: Registered) => type === "kubernetes:helm.sh/v3:Release";

/** The chart that brings an API group's CRDs and webhooks. */
const broughtBy: Readonly<Record<string, AddonName>> = {
  "acme.cert-manager.io": "cert-manager",
  "barmancloud.cnpg.io": "plugin-barman-cloud",
  "cert-manager.io": "cert-manager",
  "external-secrets.io": "external-secrets",
  "generators.external-secrets.io": "external-secrets",
  "k8s.nginx.org": "nginx-ingress",
  "postgresql.cnpg.io": "cloudnative-pg",
};

/** API groups whose CRDs no chart of ours brings (yet): the cluster has to. */
const nobodys: ReadonlySet<string> = new Set(["gateway.networking.k8s.io", "monitoring.coreos.com"]);

/** The API groups that every API server serves have a bare name, or end in `.k8s.io`. */
const customGroup = ({ type }: Registered): string | undefined => {
  const group = /^kubernetes:([^/:]+)\//.exec(type)?.[1] ?? "";
  if (!group.includes(".") || group === "helm.sh") return undefined;
  return group.endsWith(".k8s.io") && !nobodys.has(group) ? undefined : group;
};

/** A value under a key that asks for a credential. */
const CREDENTIAL = /"[^"]*(password|token|secret|credential|apikey|privatekey)":"[^"]+"/i;

function section(config: ConfigValues, ...keys: readonly string[]): ConfigValues {
  return keys.reduce((object, key) => (object[key] ??= {}) as ConfigValues, config);
}

for (const name of stacks) {
  describe(`the platform of the stack ${name}`, () => {
    let stack: Rendered;
    let releases: readonly Registered[];
    before(async () => {
      stack = await renderStack(name);
      releases = stack.resources.filter(isRelease);
    });

    it("is the charts of the table, at their versions, under fixed names", () => {
      const installed = releases.map(({ inputs }) => [
        inputs["name"],
        {
          chart: inputs["chart"],
          repository: (inputs["repositoryOpts"] as { repo?: string } | undefined)?.repo,
          version: inputs["version"],
        },
      ]);
      const wanted = Object.entries(charts).map(([chart, { chart: address, version, ...rest }]) => [
        chart,
        { chart: address, repository: "repository" in rest ? rest.repository : undefined, version },
      ]);
      assert.deepEqual(Object.fromEntries(installed), Object.fromEntries(wanted));
    });

    it("holds no secret and nothing unknown in any value", () => {
      assert.ok(releases.length > 0);
      for (const { inputs, urn } of releases) {
        assert.deepEqual(hideSecrets(inputs), inputs, urn);
        // An output would have been made into a dependency, or into nothing at all.
        assert.deepEqual(JSON.parse(JSON.stringify(inputs["values"])), inputs["values"], urn);
        assert.doesNotMatch(JSON.stringify(inputs["values"]), CREDENTIAL, urn);
      }
      assert.match(JSON.stringify({ auth: { adminPassword: "x" } }), CREDENTIAL);
    });

    it("waits until each is ready, and takes a failed upgrade back", () => {
      for (const { inputs, urn, timeouts } of releases) {
        assert.equal(inputs["skipAwait"], undefined, urn);
        assert.equal(inputs["atomic"], true, urn);
        assert.equal(inputs["timeout"], 600, urn);
        assert.deepEqual(timeouts, { create: "1200s", update: "1200s" }, urn);
      }
    });

    it("closes each namespace, and lets only restricted pods in, before anything is installed in it", () => {
      for (const release of releases) {
        const before = reaches(stack, release);
        const namespace = stack.resources.find(
          (one) => one.type === "kubernetes:core/v1:Namespace" && objectName(one) === release.inputs["namespace"],
        );
        assert.ok(namespace && before.has(namespace.urn), release.urn);
        assert.equal(at(namespace, "metadata", "labels", "pod-security.kubernetes.io/enforce"), "restricted");
        const denied = stack.resources.find(
          (one) =>
            objectName(one) === "default-deny" && at(one, "metadata", "namespace") === release.inputs["namespace"],
        );
        assert.ok(denied && before.has(denied.urn), release.urn);
      }
    });

    it("installs what an add-on needs before it", () => {
      const release = (wanted: string) => {
        const found = releases.find(({ inputs }) => inputs["name"] === wanted);
        assert.ok(found, wanted);
        return found;
      };
      for (const [addon, needed] of [
        ["plugin-barman-cloud", "cert-manager"],
        ["plugin-barman-cloud", "cloudnative-pg"],
        ["metrics-server", "cert-manager"],
      ] as const) {
        assert.ok(reaches(stack, release(addon)).has(release(needed).urn), `${addon} after ${needed}`);
      }
    });

    it("is there before every custom resource of its, and goes after it", () => {
      const custom = stack.resources.filter((one) => customGroup(one) !== undefined);
      assert.ok(custom.length > 0);
      for (const one of custom) {
        const group = customGroup(one) ?? "";
        if (nobodys.has(group)) continue;
        const chart = broughtBy[group];
        assert.ok(chart, `${one.urn}: say which chart brings ${group}`);
        const release = releases.find(({ inputs }) => inputs["name"] === chart);
        assert.ok(release && reaches(stack, one).has(release.urn), `${one.urn} does not depend on ${chart}`);
      }
    });
  });
}

describe("an add-on that the cluster brings itself", () => {
  const switches: Readonly<Record<AddonName, string>> = {
    "cert-manager": "certManager",
    "cloudnative-pg": "cloudnativePg",
    "external-secrets": "externalSecrets",
    "metrics-server": "metricsServer",
    "nginx-ingress": "nginxIngress",
    "plugin-barman-cloud": "barmanCloud",
  };
  let whole: Rendered;
  before(async () => {
    whole = await renderStack("production");
  });

  const alsoChanged: Readonly<Partial<Record<AddonName, readonly string[]>>> = {
    // It shares its operator's namespace, whose policy named it.
    "plugin-barman-cloud": ["NetworkPolicy platform-cnpg-system-policies-cloudnativepg-operator"],
    // Of somebody else's operator, less is known of its labels.
    "cloudnative-pg": [
      "NetworkPolicy network-policies-timescaledb-recovered-servers",
      "NetworkPolicy network-policies-timescaledb-servers",
    ],
  };

  for (const [chart, key] of Object.entries(switches) as readonly (readonly [AddonName, string])[]) {
    it(`${chart} is left out, and nothing else with it`, async () => {
      const rest = await renderStack("production", (config) => {
        section(config, "platform", key)["enabled"] = false;
        // The plugin belongs to whoever installs the operator.
        if (chart === "cloudnative-pg") section(config, "platform", "barmanCloud")["enabled"] = false;
      });
      const { added, removed, changed } = differences(whole, rest);
      const gone = removed.filter((one) => one.startsWith("Release "));
      assert.deepEqual(
        gone,
        chart === "cloudnative-pg"
          ? ["Release platform-cloudnative-pg", "Release platform-plugin-barman-cloud"]
          : [`Release platform-${chart}`],
      );
      assert.deepEqual(
        removed.filter((one) => !/^(Release|Namespace|NetworkPolicy|NetworkPolicies) platform-/.test(one)),
        [],
      );
      assert.deepEqual(added, []);
      assert.deepEqual(changed, alsoChanged[chart] ?? []);
    });
  }

  it("may be all of them", async () => {
    const { resources } = await renderStack("production", (config) => {
      for (const key of Object.values(switches)) section(config, "platform", key)["enabled"] = false;
    });
    assert.deepEqual(resources.filter(isRelease), []);
  });
});

describe("adopting what is there", () => {
  it("is off unless it is asked for", async () => {
    const taken = async (adopt?: boolean) => {
      const { resources } = await renderStack("production", (config) => {
        if (adopt !== undefined) section(config, "platform")["adopt"] = adopt;
      });
      return new Set(resources.filter(isRelease).map(({ inputs }) => inputs["takeOwnership"]));
    };
    assert.deepEqual(await taken(), new Set([false]));
    assert.deepEqual(await taken(true), new Set([true]));
  });
});

describe("the configuration of the platform", () => {
  function faults(change: (config: ConfigValues) => void): readonly string[] {
    const values = configOf("staging");
    change(values);
    try {
      parseConfig({ stack: "staging", values, encrypted: new Set() });
    } catch (error) {
      assert.ok(error instanceof ValidationError, String(error));
      return error.message
        .split("\n")
        .slice(1)
        .map((line) => line.trim());
    }
    return [];
  }

  const set = (path: string, example: string) => `pulumi config set --path '${path}' '${example}' --stack staging`;

  const table: readonly (readonly [what: string, change: (config: ConfigValues) => void, lines: readonly string[]])[] =
    [
      [
        "a plugin without its operator",
        (config) => (section(config, "platform", "cloudnativePg")["enabled"] = false),
        [
          "platform.barmanCloud.enabled is true; allowed: false where platform.cloudnativePg.enabled is: the plugin belongs to whoever installs the operator",
          set("platform.barmanCloud.enabled", "false"),
        ],
      ],
      [
        "an NLB from nowhere",
        (config) => (section(config, "platform", "nginxIngress", "loadBalancer")["kind"] = "aws-nlb"),
        [
          "platform.nginxIngress.loadBalancer.subnets[0] is missing; allowed: at least one network: those of the NLB's subnets",
          set("platform.nginxIngress.loadBalancer.subnets[0]", "10.0.0.0/16"),
        ],
      ],
      [
        "subnets of a load balancer that has none",
        (config) => (section(config, "platform", "nginxIngress", "loadBalancer")["subnets"] = ["10.0.0.0/24"]),
        [
          'platform.nginxIngress.loadBalancer.subnets is ["10.0.0.0/24"]; allowed: nothing where loadBalancer.kind is plain',
          set("platform.nginxIngress.loadBalancer.subnets", "[]"),
        ],
      ],
      [
        "the stack in an operator's namespace",
        (config) => (config["namespace"] = "cert-manager"),
        [
          'namespace is "cert-manager"; allowed: another namespace than those of add-ons',
          set("namespace", "monitoring-web-service-prod"),
        ],
      ],
      [
        "a switch that is neither on nor off",
        (config) => (section(config, "platform", "certManager")["enabled"] = "yes"),
        ['platform.certManager.enabled is "yes"; allowed: true or false', set("platform.certManager.enabled", "true")],
      ],
    ];
  for (const [what, change, lines] of table)
    it(`refuses ${what}`, () => {
      assert.deepEqual(faults(change), lines);
    });
});

describe("the table of charts", () => {
  it("is the one of docs/operations.md, whose last column is what the embedded environment checks against", () => {
    const rows = tableOf(join("docs", "operations.md"), "What the cluster has to bring");
    assert.deepEqual(
      rows.map(([, chart, version, program]) => [chart, version, program]).sort(),
      Object.entries(charts)
        .map(([chart, { version, program }]) => [chart, version, program])
        .sort(),
    );
    for (const { module, version } of crdModules) {
      const operator = module.split("/").at(-1);
      const row = rows.find(([, chart]) => chart === operator);
      if (row !== undefined) assert.ok(row[4]?.startsWith(version), module);
    }
  });
});
