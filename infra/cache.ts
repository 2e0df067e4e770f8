import { type CacheDescription, existingCache } from "../components/cache/cache";
import type { StackConfig } from "./config";
import { peerEndpoint } from "./peer";

/** The cache as the services reach it. */
export function describeCache({ namespace, cache }: StackConfig): CacheDescription {
  const { host, port, peer } = cache;
  return existingCache({ address: { host, port }, server: peerEndpoint("cache", peer, namespace) });
}
