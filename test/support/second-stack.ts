import type { ConfigValues } from "./resources";

const addons = ["certManager", "cloudnativePg", "barmanCloud", "externalSecrets", "nginxIngress", "metricsServer"];

/** Leaves out what belongs to a whole cluster, as a second stack on it has to: the first one brings it. */
export function withoutAddons(config: ConfigValues): void {
  config["platform"] = Object.fromEntries(addons.map((name) => [name, { enabled: false }]));
}
