import type { Input } from "@pulumi/pulumi";

import type { Labels } from "../core/labels";
import type { Bytes } from "../core/units";
import type { Resources } from "../workload/settings";
import { postgresParameters, type TimescaleEdition } from "./postgres-parameters";
import { databaseRoles, roleGroups, roleStatements } from "./roles";

/** What a person decides about the servers. Every default is in infra/config/database.ts, where the spec's numbers stand. */
export interface ClusterSettings {
  /** The primary and its replicas. */
  readonly instances: number;
  readonly resources: { readonly requests: Resources; readonly limits: Resources };
  readonly storage: { readonly size: Bytes; readonly class: string };
  readonly wal: { readonly size: Bytes; readonly class: string };
  readonly maxConnections: number;
  /** The server's image, with a tag that begins with PostgreSQL's version: CloudNativePG reads it. */
  readonly image: string;
  readonly timescaledb: {
    readonly edition: TimescaleEdition;
    /** The extension's image, mounted beside the server's. Empty: the server's image has it built in. */
    readonly image: string;
  };
  /**
   * What a commit waits for. `required`: always a replica, and with none left writes wait too. `preferred`: a replica while there is
   * one; without, the primary goes on alone, and what it then confirms is lost with it.
   */
  readonly durability: "required" | "preferred";
  /** Who restarts the primary for a change that needs it: a person, or the operator at once. */
  readonly primaryUpdate: "supervised" | "unsupervised";
}

/** What the servers of a database share, new or recovered. */
export interface ClusterPlan {
  readonly settings: ClusterSettings;
  /** The database's name. */
  readonly database: string;
  /** The Secrets with the logins' names and passwords. */
  readonly logins: { readonly owner: Input<string>; readonly service: Input<string>; readonly reader: Input<string> };
  /** The PriorityClass of the servers' pods. */
  readonly priorityClass: string;
  /** The Secret with the servers' certificate. */
  readonly certificate: string;
  /** @default none: nothing is archived */
  readonly backup?: { readonly objectStore: string; readonly serviceAccountAnnotations: Labels } | undefined;
}

/** Where a cluster's data comes from. */
export type Origin =
  | { readonly kind: "new" }
  | {
      readonly kind: "recovery";
      /** The cluster whose backups are read: its name in the object store. */
      readonly from: string;
      /** The moment to go back to, RFC 3339. @default the latest */
      readonly targetTime?: string | undefined;
    };

/** The Barman Cloud plugin, as clusters and backups refer to it. */
export const BARMAN_PLUGIN = "barman-cloud.cloudnative-pg.io";

const EXTENSION_VOLUME = "timescaledb";

/** What selects a cluster's instances and its jobs, and none of its poolers. */
export function serverLabels(cluster: string): Labels {
  return { "cnpg.io/cluster": cluster, "app.kubernetes.io/component": "database" };
}

/**
 * The `spec` of a CloudNativePG Cluster. The one function that makes both the cluster that serves and a cluster recovered from its
 * backups: what a recovery lacks (the preloaded library, an extension of the same version, a parameter) is found out in the worst
 * hour otherwise. They differ in `bootstrap`, in `externalClusters` and in the name that they archive under, and a property test
 * holds that.
 */
export function clusterSpec(name: string, plan: ClusterPlan, origin: Origin) {
  const { settings, certificate, backup } = plan;
  return {
    instances: settings.instances,
    imageName: settings.image,
    imagePullPolicy: "IfNotPresent",
    enableSuperuserAccess: false,
    enablePDB: true,
    bootstrap: bootstrap(plan, origin),
    ...(origin.kind === "new" || backup === undefined ? {} : externalClusters(backup.objectStore, origin.from)),
    primaryUpdateStrategy: settings.primaryUpdate,
    // A replica that is already up to date takes over; a restart in place is longer without a primary.
    primaryUpdateMethod: "switchover",
    postgresql: postgresql(settings),
    managed: {
      roles: [
        login(databaseRoles.service, roleGroups.readWrite, plan.logins.service, "The service"),
        login(databaseRoles.reader, roleGroups.readOnly, plan.logins.reader, "Queries to replicas, and dashboards"),
      ],
      // Writes go to -rw, reads to -ro, both through poolers; a Service for any instance has no use.
      services: { disabledDefaultServices: ["r"] },
    },
    certificates: { serverTLSSecret: certificate, serverCASecret: certificate },
    storage: { size: settings.storage.size, storageClass: settings.storage.class },
    walStorage: { size: settings.wal.size, storageClass: settings.wal.class },
    resources: { requests: { ...settings.resources.requests }, limits: { ...settings.resources.limits } },
    priorityClassName: plan.priorityClass,
    affinity: {
      enablePodAntiAffinity: true,
      podAntiAffinityType: "required",
      topologyKey: "kubernetes.io/hostname",
    },
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: "topology.kubernetes.io/zone",
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: { ...serverLabels(name) } },
      },
    ],
    monitoring: { tls: { enabled: true } },
    ...(backup === undefined ? {} : archiving(name, backup)),
  };
}

function bootstrap({ database, logins }: ClusterPlan, origin: Origin) {
  const { owner } = databaseRoles;
  const application = { database, owner, secret: { name: logins.owner } };
  if (origin.kind === "new") {
    return {
      initdb: {
        ...application,
        dataChecksums: true,
        encoding: "UTF8",
        postInitApplicationSQL: [...roleStatements(database, databaseRoles)],
      },
    };
  }
  return {
    recovery: {
      ...application,
      source: origin.from,
      ...(origin.targetTime === undefined ? {} : { recoveryTarget: { targetTime: origin.targetTime } }),
    },
  };
}

function externalClusters(objectStore: string, from: string) {
  return {
    externalClusters: [
      { name: from, plugin: { name: BARMAN_PLUGIN, parameters: { barmanObjectName: objectStore, serverName: from } } },
    ],
  };
}

function archiving(name: string, { objectStore, serviceAccountAnnotations }: NonNullable<ClusterPlan["backup"]>) {
  return {
    plugins: [
      {
        name: BARMAN_PLUGIN,
        isWALArchiver: true,
        // By its own name: a recovered cluster that archived under its source's would overwrite what it came from.
        parameters: { barmanObjectName: objectStore, serverName: name },
      },
    ],
    ...(Object.keys(serviceAccountAnnotations).length === 0
      ? {}
      : { serviceAccountTemplate: { metadata: { annotations: { ...serviceAccountAnnotations } } } }),
  };
}

function postgresql(settings: ClusterSettings) {
  const { instances, timescaledb, resources, wal, maxConnections } = settings;
  const memory = { request: resources.requests.memory, limit: resources.limits.memory };
  return {
    parameters: { ...postgresParameters({ memory, walVolume: wal.size, maxConnections }, timescaledb.edition) },
    shared_preload_libraries: ["timescaledb"],
    ...(timescaledb.image === ""
      ? {}
      : { extensions: [{ name: EXTENSION_VOLUME, image: { reference: timescaledb.image } }] }),
    // Before CloudNativePG's own last rule, which would take a password without TLS.
    pg_hba: ["hostnossl all all all reject", "hostssl all all all scram-sha-256"],
    ...(instances === 1
      ? {}
      : {
          synchronous: {
            method: "any",
            number: 1,
            dataDurability: settings.durability,
            // Only a replica that is known to have every confirmed commit takes over.
            failoverQuorum: settings.durability === "required",
          },
        }),
  };
}

function login(name: string, group: string, secret: Input<string>, comment: string) {
  return {
    name,
    comment,
    ensure: "present",
    login: true,
    inherit: true,
    inRoles: [group],
    passwordSecret: { name: secret },
  };
}
