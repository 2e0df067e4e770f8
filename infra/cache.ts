import type { ComponentResourceOptions, Resource } from "@pulumi/pulumi";

import { type CacheDescription, existingCache } from "../components/cache/cache";
import { inClusterCache } from "../components/cache/in-cluster-cache";
import { InClusterValkey, type InClusterValkeyArgs } from "../components/cache/in-cluster-valkey";
import type { CacheSettings } from "../components/cache/settings";
import type { StackConfig } from "./config";
import { peerEndpoint } from "./peer";

/** The cache as the services reach it. */
export function describeCache({ namespace, cache, monitoring }: StackConfig): CacheDescription {
  if (cache.existing !== undefined) {
    const { host, port, peer } = cache.existing;
    return existingCache({ address: { host, port }, server: peerEndpoint("cache", peer, namespace) });
  }
  return inClusterCache({ namespace, monitoringNamespace: monitoring.namespace, settings: cacheSettings(cache) });
}

/** Makes the cache, if it is ours; returns what services wait for. */
export function createCache(
  { cache }: StackConfig,
  args: Omit<InClusterValkeyArgs, "settings">,
  options: ComponentResourceOptions,
): readonly Resource[] {
  if (cache.kind === "existing") return [];
  return [new InClusterValkey("cache", { ...args, settings: cacheSettings(cache) }, options)];
}

function cacheSettings(cache: StackConfig["cache"]): CacheSettings {
  const { kind, endpoint, credentialsSecret, ...store } = cache.backup;
  return {
    ...cache,
    snapshots:
      kind === "off" ? undefined : { ...store, endpoint: given(endpoint), credentialsSecret: given(credentialsSecret) },
  };
}

function given(text: string): string | undefined {
  return text === "" ? undefined : text;
}
