import type { Edge } from "../security/network-edges";
import type { QuotaDemand } from "../security/quota";
import type { Server } from "../security/service-edges";

/** Where a server listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * What the rest of the stack knows of its database, whoever runs it. Plain values, which follow from the configuration: they are
 * known before anything is made, so that no workload waits for an output and no policy opens too late.
 */
export interface DatabaseDescription {
  /** Reads and writes. */
  readonly write: Address;
  /** Reads only, which may lag behind. The same as `write` where there is no replica. */
  readonly read: Address;
  /** The database's name within the server. */
  readonly name: string;
  /** The user that the services log in as. */
  readonly user: string;
  /** Whom the network policies let services reach. */
  readonly servers: readonly Server[];
  /** The ways over the network between its own parts, and to whoever operates it. */
  readonly edges: readonly Edge[];
  /** What it takes of the namespace's quota. */
  readonly demands: readonly QuotaDemand[];
}

export interface ExistingDatabaseArgs {
  readonly address: Address;
  readonly name: string;
  readonly user: string;
  readonly server: Server["endpoint"];
}

/** A database that somebody else runs: nothing of it is ours but the way to it. */
export function existingDatabase({ address, name, user, server }: ExistingDatabaseArgs): DatabaseDescription {
  return {
    write: address,
    read: address,
    name,
    user,
    servers: [{ endpoint: server, ports: [{ port: address.port, protocol: "TCP" }] }],
    edges: [],
    demands: [],
  };
}
