import { isAbsolute, resolve } from "node:path";

import { Config, getProject, getStack, type Output, runtime } from "@pulumi/pulumi";

import { parseConfig, type RawConfig } from "./config/parse";
import { type ParsedConfig, schema, secretKeys } from "./config/schema";

/** The checkout: relative paths in the configuration start here, wherever the engine was called from. */
const projectRoot = resolve(__dirname, "..");

/** The configuration of a stack: judged, complete, and with its secrets still secret. */
export interface StackConfig extends Omit<ParsedConfig, (typeof secretKeys)[number]> {
  readonly registryPassword: Output<string> | undefined;
  readonly databasePassword: Output<string> | undefined;
  readonly slackWebhook: Output<string> | undefined;
}

/**
 * Reads the stack's configuration. The only place that does: everything else gets values.
 *
 * @throws ValidationError naming every fault at once
 */
export function loadConfig(): StackConfig {
  const config = new Config();
  const { cluster, ...parsed } = parseConfig(readConfig(config));
  const secret = (key: (typeof secretKeys)[number]) => (parsed[key] === "" ? undefined : config.requireSecret(key));
  return {
    ...parsed,
    cluster: {
      ...cluster,
      kubeconfig: isAbsolute(cluster.kubeconfig) ? cluster.kubeconfig : resolve(projectRoot, cluster.kubeconfig),
    },
    registryPassword: secret("registryPassword"),
    databasePassword: secret("databasePassword"),
    slackWebhook: secret("slackWebhook"),
  };
}

function readConfig(config: Config): RawConfig {
  const prefix = `${getProject()}:`;
  const found = Object.keys(runtime.allConfig()).filter((key) => key.startsWith(prefix));
  return {
    stack: getStack(),
    values: Object.fromEntries(found.map((key) => key.slice(prefix.length)).map((key) => [key, read(config, key)])),
    encrypted: new Set(found.filter(isEncrypted).map((key) => key.slice(prefix.length))),
  };
}

const texts: ReadonlySet<string> = new Set(["environment", "namespace", ...secretKeys]);

/** The value as the schema expects it; what is no JSON is handed on as text, for the schema to refuse. */
function read(config: Config, key: string): unknown {
  if (texts.has(key) || !Object.hasOwn(schema.shape, key)) return config.get(key);
  try {
    return config.getObject<unknown>(key);
  } catch {
    return config.get(key);
  }
}

/**
 * Whether the engine handed the value over as a secret. The SDK knows and does not say so in its types; that it still does is a test.
 */
function isEncrypted(key: string): boolean {
  const ask = Reflect.get(runtime, "isConfigSecret") as ((key: string) => boolean) | undefined;
  if (ask === undefined) throw new Error("@pulumi/pulumi no longer tells secrets from plain configuration");
  return ask(key);
}
