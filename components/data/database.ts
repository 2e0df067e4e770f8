import type { GeneratedSecret } from "../security/secret-table";
import type { Edge } from "../security/network-edges";
import type { QuotaDemand } from "../security/quota";
import type { Server } from "../security/service-edges";
import type { TrustedCa } from "../workload/pod";

/** Where a server listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Someone who logs in. */
export interface DatabaseUser {
  readonly name: string;
  readonly password: GeneratedSecret;
}

/**
 * How clients connect, as libpq's `sslmode` names it: `verify-full` checks the server's certificate and name, `require` only encrypts,
 * which does not keep out someone in between, and `disable` does neither.
 */
export const tlsModes = ["verify-full", "require", "disable"] as const;

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
  /** Who the services log in as. */
  readonly user: DatabaseUser;
  /** Who only reads. The same as `user` where there is no such login. */
  readonly reader: DatabaseUser;
  readonly tls: (typeof tlsModes)[number];
  /** What its certificate is verified against. @default none: an authority that everyone knows */
  readonly trustedCa?: TrustedCa | undefined;
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
  readonly tls: DatabaseDescription["tls"];
  readonly server: Server["endpoint"];
}

/** A database that somebody else runs: nothing of it is ours but the way to it. */
export function existingDatabase({ address, name, user, tls, server }: ExistingDatabaseArgs): DatabaseDescription {
  const login: DatabaseUser = { name: user, password: "database" };
  return {
    write: address,
    read: address,
    name,
    user: login,
    reader: login,
    tls,
    servers: [{ endpoint: server, ports: [{ port: address.port, protocol: "TCP" }] }],
    edges: [],
    demands: [],
  };
}
