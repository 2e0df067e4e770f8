import type { Address } from "../data/database";
import type { Edge } from "../security/network-edges";
import type { QuotaDemand } from "../security/quota";
import type { Server } from "../security/service-edges";
import type { TrustedCa } from "../workload/pod";

/** What the rest of the stack knows of its cache, whoever runs it; plain values, as of the database. */
export interface CacheDescription {
  /** Reads and writes: the primary. */
  readonly primary: Address;
  /** The servers themselves, for tools that read from replicas. None: whoever runs it knows. */
  readonly members: readonly Address[];
  /** For clients that ask Sentinel who the primary is. None: there is no Sentinel. */
  readonly sentinels: readonly Address[];
  /** Whether clients have to speak TLS. */
  readonly tls: boolean;
  /** Whom services log in as; empty: the default user. */
  readonly user: string;
  /** What clients check the servers' certificates with. @default none: a public authority, or no TLS */
  readonly trustedCa?: TrustedCa;
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
    members: [],
    sentinels: [],
    tls: false,
    user: "",
    servers: [{ endpoint: server, ports: [{ port: address.port, protocol: "TCP" }] }],
    edges: [],
    demands: [],
  };
}
