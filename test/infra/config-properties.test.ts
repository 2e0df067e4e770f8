import assert from "node:assert/strict";

import fc from "fast-check";

import { ValidationError } from "../../components/core/errors";
import { parseConfig } from "../../infra/config/parse";
import { schema } from "../../infra/config/schema";
import { configOf, type ConfigValues, stacks } from "../support/resources";

/** Faults that do not touch each other: where each is, and how to make it. */
const independent: readonly (readonly [path: string, inject: (config: ConfigValues) => void])[] = [
  ["environment", (config) => (config["environment"] = "moon")],
  ["namespace", (config) => (config["namespace"] = "Not A Name")],
  ["cluster.context", (config) => delete section(config, "cluster")["context"]],
  ["cluster.kubeconfg", (config) => (section(config, "cluster")["kubeconfg"] = "x")],
  ["traffic.host", (config) => (section(config, "traffic")["host"] = "localhost")],
  ["traffic.ingressClass", (config) => (section(config, "traffic")["ingressClass"] = 7)],
  ["traffic.rateLimit.burst", (config) => (section(section(config, "traffic"), "rateLimit")["burst"] = 1)],
  ["traffic.limits.readTimeout", (config) => (section(section(config, "traffic"), "limits")["readTimeout"] = "1 s")],
  ["release.active", (config) => (section(config, "release")["active"] = "red")],
  ["application.logLevel", (config) => (section(config, "application")["logLevel"] = "loud")],
  ["database.instances", (config) => (section(config, "database")["instances"] = 0)],
  ["cache.storageClass", (config) => (section(config, "cache")["storageClass"] = "under_score")],
  ["cache.replicas", (config) => (section(config, "cache")["replicas"] = 3)],
  ["monitoring.namespace", (config) => (section(config, "monitoring")["namespace"] = null)],
  ["secrets.rotation.jwt", (config) => (section(section(config, "secrets"), "rotation")["jwt"] = 0)],
  ["services.monitoring-web-service.runAsUser", (config) => (web(config)["runAsUser"] = 0)],
  ["services.monitoring-web-service.tmpSize", (config) => (web(config)["tmpSize"] = "64MB")],
  ["services.monitoring-web-service.minAvailable", (config) => (web(config)["minAvailable"] = 3)],
  ["services.monitoring-web-service.metricsPort", (config) => (web(config)["metricsPort"] = 3000)],
  ["services.monitoring-web-service.replcas", (config) => (web(config)["replcas"] = 3)],
  ["slackWebhook", (config) => (config["slackWebhook"] = "https://hooks.example.com/canary")],
];

function section(config: ConfigValues, key: string): ConfigValues {
  return (config[key] ??= {}) as ConfigValues;
}

const web = (config: ConfigValues) => section(section(config, "services"), "monitoring-web-service");

function parse(values: ConfigValues): string | undefined {
  try {
    parseConfig({ stack: "local", values, encrypted: new Set() });
    return undefined;
  } catch (error) {
    // Anything else would reach the person as a stack trace.
    assert.ok(error instanceof ValidationError, String(error instanceof Error ? error.stack : error));
    return error.message;
  }
}

describe("the configuration, whatever stands in it,", () => {
  it("tells of every injected fault by its path, and of no other", () => {
    fc.assert(
      fc.property(fc.subarray([...independent], { minLength: 1 }), (faults) => {
        const values = configOf("staging");
        for (const [, inject] of faults) inject(values);
        const lines = (parse(values) ?? "").split("\n").slice(1);
        const told = lines.filter((_, index) => index % 2 === 0).map((line) => line.trim().split(" ")[0] ?? "");
        assert.deepEqual(told.sort(), faults.map(([path]) => path).sort());
      }),
      { numRuns: 300 },
    );
  });

  it("is accepted or refused in one clear message, 10,000 times", () => {
    const keys = Object.keys(schema.shape);
    const name = fc.oneof(
      fc.constantFrom(
        ...keys,
        "host",
        "image",
        "version",
        "active",
        "blue",
        "port",
        "env",
        "__proto__",
        "constructor",
        "toString",
      ),
      fc.string({ maxLength: 8 }),
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.dictionary(name, tie("value"), { maxKeys: 4 }),
        fc.array(tie("value"), { maxLength: 3 }),
      ),
    }));
    const config = fc
      .tuple(fc.constantFrom(...stacks), fc.dictionary(fc.oneof(fc.constantFrom(...keys), name), value, { maxKeys: 5 }))
      .map(([stack, fuzz]) => ({ ...bases[stack], ...fuzz }));

    let refused = 0;
    fc.assert(
      fc.property(config, (values) => {
        const message = parse(values);
        if (message === undefined) return;
        refused += 1;
        const [title, ...lines] = message.split("\n");
        assert.match(title ?? "", /^Configuration of stack local has (1 fault|\d+ faults):$/);
        assert.ok(lines.length >= 2 && lines.length % 2 === 0);
        for (const [index, line] of lines.entries()) {
          assert.match(line, index % 2 === 0 ? /^ {2}\S.*; allowed: ./ : /^ {4}pulumi config (set|rm) /, message);
        }
        assert.ok(!/\n\s+at .+:\d+:\d+/.test(message) && !message.includes("node_modules"), message);
      }),
      { numRuns: 10_000 },
    );
    assert.ok(refused > 5000, `${refused} of 10,000 were refused`);
  }).timeout(60_000);
});

const bases = Object.fromEntries(stacks.map((stack) => [stack, configOf(stack)])) as Record<
  (typeof stacks)[number],
  ConfigValues
>;

const leaf = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constantFrom(
    null,
    undefined,
    "",
    "100m",
    "256Mi",
    "30 s",
    "a.b",
    "metrics.example.com",
    "10.0.0.0/8",
    "x:y@sha256:z",
  ),
);
