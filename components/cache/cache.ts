import type { Address } from "../data/database";
import type { Edge } from "../security/network-edges";
import type { QuotaDemand } from "../security/quota";
import type { Server } from "../security/service-edges";

/** What the rest of the stack knows of its cache, whoever runs it; plain values, as of the database. */
export interface CacheDescription {
  /** Reads and writes: the primary. */
  readonly primary: Address;
  /** Whom the network policies let services reach. */
  readonly servers: readonly Server[];
  /** The ways over the network between its own parts. */
  readonly edges: readonly Edge[];
  /** What it takes of the namespace's quota. */
  readonly demands: readonly QuotaDemand[];
}

export interface ExistingCacheArgs {
  readonly address: Address;
  readonly server: Server["endpoint"];
}

/** A cache that somebody else runs: nothing of it is ours but the way to it. */
export function existingCache({ address, server }: ExistingCacheArgs): CacheDescription {
  return {
    primary: address,
    servers: [{ endpoint: server, ports: [{ port: address.port, protocol: "TCP" }] }],
    edges: [],
    demands: [],
  };
}
