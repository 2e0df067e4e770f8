import { activeCluster } from "./kubeconfig";
import { equal, UNKNOWN, type JsonObject } from "./properties";

/** Which provider arguments changed, and which of them replace the provider and, with it, all that it made. */
export interface ConfigDiff {
  readonly diffs: readonly string[];
  readonly replaces: readonly string[];
}

const CLUSTER_KEYS = ["kubeconfig", "context", "cluster"];

/**
 * Compares the arguments of a provider. `clusterIdentifier` says which cluster it is: the same on both sides, nothing
 * is ever replaced; two different ones, everything is. Without it, the active cluster of both kubeconfigs decides.
 */
export function diffSettings(
  olds: JsonObject,
  news: JsonObject,
  clusterOf: (args: JsonObject) => JsonObject | undefined = activeCluster,
): ConfigDiff {
  const diffs = [...new Set([...Object.keys(olds), ...Object.keys(news)])]
    .filter((key) => !equal(olds[key], news[key]))
    .sort();
  const before = olds["clusterIdentifier"];
  const after = news["clusterIdentifier"];
  if (typeof before === "string" && before !== "" && before === after) return { diffs, replaces: [] };
  const replaces: string[] = [];
  if (typeof before === "string" && typeof after === "string" && before !== "" && after !== "") {
    replaces.push("clusterIdentifier");
  }
  const unknown = CLUSTER_KEYS.filter((key) => news[key] === UNKNOWN);
  if (unknown.length > 0) return { diffs, replaces: [...replaces, ...unknown] };
  if (diffs.includes("renderYamlToDirectory")) replaces.push("renderYamlToDirectory");
  const changed = CLUSTER_KEYS.filter((key) => diffs.includes(key));
  if (changed.length > 0) {
    const oldCluster = clusterOf(olds);
    const newCluster = clusterOf(news);
    if (oldCluster !== undefined && newCluster !== undefined && !equal(oldCluster, newCluster))
      replaces.push(...changed);
  }
  return { diffs, replaces };
}
