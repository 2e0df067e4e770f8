import { type DatabaseDescription, existingDatabase } from "../components/data/database";
import type { StackConfig } from "./config";
import { peerEndpoint } from "./peer";

/** The database as the services reach it. */
export function describeDatabase({ namespace, database }: StackConfig): DatabaseDescription {
  const { host, port, name, user, peer } = database;
  return existingDatabase({ address: { host, port }, name, user, server: peerEndpoint("database", peer, namespace) });
}
