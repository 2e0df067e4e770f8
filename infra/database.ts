import type { ComponentResourceOptions, Resource } from "@pulumi/pulumi";

import { databaseOperator } from "../components/cluster/addons/cloudnative-pg";
import { type DatabaseDescription, existingDatabase } from "../components/data/database";
import { type ObjectStoreNetwork, publicObjectStore } from "../components/data/database-edges";
import { TimescaleCluster } from "../components/data/timescale-cluster";
import { timescaleDatabase } from "../components/data/timescale-description";
import type { AppNamespace } from "../components/security/app-namespace";
import type { CertificateIssuer } from "../components/security/internal-ca";
import type { PodEndpoint } from "../components/security/network-edges";
import type { SecretDelivery } from "../components/security/secret-delivery";
import type { StackConfig } from "./config";
import { poolDemand } from "./config/pool-demand";
import { peerEndpoint } from "./peer";

/** The database as the services reach it. */
export function describeDatabase(config: StackConfig): DatabaseDescription {
  const { namespace, database, network, monitoring } = config;
  if (database.existing !== undefined) {
    const { host, port, user, tls, peer } = database.existing;
    const server = peerEndpoint("database", peer, namespace);
    return existingDatabase({ address: { host, port }, name: database.name, user, tls, server });
  }
  return timescaleDatabase({
    namespace,
    database: database.name,
    settings: database,
    poolerInstances: database.pooler.instances,
    operator: operatorOf(config),
    monitoringNamespace: monitoring.namespace,
    network,
    objectStore: database.backup.kind === "off" ? undefined : objectStore(database.backup),
  });
}

/** CloudNativePG's operator: the stack's own, or the one that the cluster brings. */
function operatorOf({ platform, database }: Pick<StackConfig, "platform" | "database">): PodEndpoint {
  if (platform.cloudnativePg.enabled) return databaseOperator;
  const labels = { "app.kubernetes.io/name": "cloudnative-pg" };
  return { ...databaseOperator, namespace: database.operatorNamespace, labels };
}

function objectStore({ cidrs, credentials }: StackConfig["database"]["backup"]): ObjectStoreNetwork {
  return {
    endpoint: cidrs.length === 0 ? publicObjectStore : { kind: "networks", name: "object store", cidrs },
    podIdentity: credentials === "pod-identity",
  };
}

/** Whether the database may not be deleted, and so not the namespace either that it is in. */
export function isProtected({ database }: Pick<StackConfig, "database">): boolean {
  return database.kind === "cloudnative-pg" && database.deletionProtection;
}

export interface DatabaseParts {
  readonly namespace: AppNamespace;
  readonly issuer: CertificateIssuer;
  readonly delivery: SecretDelivery;
  /** What has to exist before the first pod. */
  readonly after: readonly Resource[];
}

/** The database itself, where it is ours; what comes after it depends on what this gives back. */
export function createDatabase(
  { database, ...config }: StackConfig,
  parts: DatabaseParts,
  options: ComponentResourceOptions,
): readonly Resource[] {
  if (database.kind === "existing") return [];
  const { backup } = database;
  return [
    new TimescaleCluster(
      "database",
      {
        ...parts,
        settings: database,
        database: database.name,
        demand: poolDemand({ ...config, database }),
        passwords: { owner: "{{ .databaseOwner }}", service: "{{ .database }}", reader: "{{ .databaseReader }}" },
        operatorNamespace: operatorOf({ ...config, database }).namespace,
        deletionProtection: isProtected({ database }),
        backup: backup.kind === "off" ? undefined : backup,
      },
      // Its first objects are for the operators, which have to be there to judge them.
      { ...options, dependsOn: [...parts.after] },
    ),
  ];
}
