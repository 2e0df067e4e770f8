import type { ConfigValues } from "./resources";

const addons = ["certManager", "cloudnativePg", "barmanCloud", "externalSecrets", "nginxIngress", "metricsServer"];

/** Leaves out what belongs to a whole cluster, as a second stack on it has to: the first one brings it. */
export function withoutAddons(config: ConfigValues): void {
  config["platform"] = Object.fromEntries(addons.map((name) => [name, { enabled: false }]));
}

/** A second stack on a cluster where everything of the first one is there, its class of storage included. */
export function secondOnCluster(config: ConfigValues): void {
  withoutAddons(config);
  config["storage"] = {};
}
