import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import type { ComponentResourceOptions, Resource } from "@pulumi/pulumi";

import { priorityClassName } from "../cluster/priority-classes";
import { standardLabels } from "../core/labels";
import { StackComponent } from "../core/stack-component";
import type { CertificateIssuer } from "../security/internal-ca";
import type { OwnedNamespace } from "../security/network-policies";
import type { DeliveredSecret, SecretDelivery, SecretTemplate } from "../security/secret-delivery";
import { serverCertificate, serviceDnsNames } from "../security/server-certificate";
import type { TrustedCa } from "../workload/pod";
import { type ClusterPlan, type ClusterSettings, clusterSpec } from "./cluster-spec";
import { ConnectionPooler } from "./connection-pooler";
import { type PoolDemand, poolSizes } from "./connection-pools";
import { type BackupSettings, BackupStore, DatabaseBackup } from "./database-backup";
import { DatabaseMonitoring } from "./database-monitoring";
import { DeletionGuard } from "./deletion-guard";
import { databaseRoles, type DatabaseRoles } from "./roles";

export interface TimescaleClusterArgs {
  readonly namespace: OwnedNamespace;
  readonly settings: ClusterSettings;
  /** The database's name. */
  readonly database: string;
  /** What the poolers are sized for. */
  readonly demand: PoolDemand;
  readonly issuer: CertificateIssuer;
  readonly delivery: SecretDelivery;
  /** The password of each login, as a template of `delivery`. */
  readonly passwords: Readonly<Record<keyof DatabaseRoles, SecretTemplate>>;
  readonly operatorNamespace: string;
  /** Refuses to delete or replace it: by the engine, and by the API server. */
  readonly deletionProtection: boolean;
  /** @default none: there is no way back from a mistake */
  readonly backup?:
    (BackupSettings & { readonly serviceAccountAnnotations: Readonly<Record<string, string>> }) | undefined;
  /** What has to exist before the first pod: the network policies. @default none */
  readonly after?: readonly Resource[] | undefined;
}

/** The cluster's name. No pooler may have it, and the poolers have the names that clients know. */
export const CLUSTER = "timescaledb";

/** What a cluster recovered from the backups is called, until it takes over. */
export const RECOVERED_CLUSTER = "timescaledb-recovered";

/** The poolers and their Services; the first is the host of spec 004's DATABASE_URL. */
export const POOLER = { write: "postgresql", read: "postgresql-read" } as const;

/** The servers' and the poolers' certificate, and the authority that clients verify it against. */
export const databaseCa: TrustedCa = { secretName: "postgresql-tls", key: "ca.crt" };

/** How long the first instance and its replicas may take: images, three volumes, two copies of nothing yet. */
const CREATION = "30m";

/**
 * PostgreSQL with TimescaleDB by CloudNativePG: a primary and its replicas on nodes of their own, synchronous replication, TLS
 * everywhere, poolers for writes and reads, backups with a way back, monitors and alerts.
 *
 * Traps:
 * - CloudNativePG sets the condition Ready to False while a supervised update waits for a person. Waiting for it here would fail every
 *   such update, so the engine waits for a primary and for all instances instead.
 * - The operator gives a cluster its own disruption budgets, one for the primary and one for the replicas; it gives poolers none.
 * - `bootstrap` counts once, when the cluster is made. A later change of it, the roles' statements included, changes nothing.
 *
 * @example new TimescaleCluster("database", { namespace, settings, database: "metrics_production", demand, issuer, delivery, … })
 */
export class TimescaleCluster extends StackComponent {
  constructor(name: string, args: TimescaleClusterArgs, options?: ComponentResourceOptions) {
    super("data", name, options);

    const logins = this.createLogins(args);
    const certificate = this.createCertificate(args);
    const store = this.createBackupStore(args);
    const plan: ClusterPlan = {
      settings: args.settings,
      database: args.database,
      logins: { owner: logins.owner.name, service: logins.service.name, reader: logins.reader.name },
      priorityClass: priorityClassName(args.namespace.namespace, "data"),
      certificate: databaseCa.secretName,
      backup:
        args.backup === undefined
          ? undefined
          : { objectStore: CLUSTER, serviceAccountAnnotations: args.backup.serviceAccountAnnotations },
    };
    const cluster = this.createCluster(args, plan, [
      this.createGuard(args),
      certificate,
      ...Object.values(logins).map(({ resource }) => resource),
      ...(store === undefined ? [] : [store.resource]),
    ]);
    this.createDatabase(args, cluster);
    this.createPoolers(args, cluster);
    this.createBackup(args, plan, cluster);
    new DatabaseMonitoring(
      `${name}-monitoring`,
      { namespace: args.namespace, cluster: CLUSTER, trustedCa: databaseCa },
      this.child(),
    );

    this.registerOutputs({});
  }

  private createLogins(args: TimescaleClusterArgs): Readonly<Record<keyof DatabaseRoles, DeliveredSecret>> {
    const deliver = (role: keyof DatabaseRoles) =>
      args.delivery.deliver(
        `${this.name}-login-${role}`,
        {
          namespace: args.namespace,
          // The operator applies a new password at once where this label stands, and some time later otherwise.
          labels: { ...standardLabels({ name: CLUSTER, component: "login" }), "cnpg.io/reload": "true" },
          type: "kubernetes.io/basic-auth",
          data: { username: databaseRoles[role], password: args.passwords[role] },
        },
        this.child(),
      );
    return { owner: deliver("owner"), service: deliver("service"), reader: deliver("reader") };
  }

  private createCertificate({ namespace, issuer }: TimescaleClusterArgs): Resource {
    // The recovered cluster's names as well: it takes over as it is.
    const services = [
      ...Object.values(POOLER),
      ...[CLUSTER, RECOVERED_CLUSTER].flatMap((cluster) => [`${cluster}-rw`, `${cluster}-ro`]),
    ];
    return serverCertificate(
      `${this.name}-certificate`,
      {
        namespace,
        issuer,
        secretName: databaseCa.secretName,
        dnsNames: services.flatMap((service) => serviceDnsNames(service, namespace.namespace)),
        labels: standardLabels({ name: CLUSTER, component: "certificates" }),
        secretLabels: { "cnpg.io/reload": "true" },
      },
      this.child(),
    );
  }

  private createBackupStore({ namespace, backup, deletionProtection }: TimescaleClusterArgs): BackupStore | undefined {
    if (backup === undefined) return undefined;
    return new BackupStore(
      `${this.name}-backup-store`,
      { namespace, store: CLUSTER, settings: backup },
      { ...this.child(), protect: deletionProtection },
    );
  }

  private createGuard({ namespace, operatorNamespace, deletionProtection }: TimescaleClusterArgs): Resource {
    return new DeletionGuard(
      `${this.name}-guard`,
      { namespace, cluster: CLUSTER, operatorNamespace, enforced: deletionProtection },
      this.child(),
    ).resource;
  }

  private createCluster(args: TimescaleClusterArgs, plan: ClusterPlan, needs: readonly Resource[]): Resource {
    const wait = ["jsonpath={.status.currentPrimary}", `jsonpath={.status.readyInstances}=${args.settings.instances}`];
    return new CustomResource(
      `${this.name}-cluster`,
      {
        apiVersion: "postgresql.cnpg.io/v1",
        kind: "Cluster",
        metadata: {
          name: CLUSTER,
          namespace: args.namespace.namespace,
          labels: standardLabels({ name: CLUSTER, component: "database" }),
          annotations: { "pulumi.com/waitFor": JSON.stringify(wait) },
        },
        spec: clusterSpec(CLUSTER, plan, { kind: "new" }),
      },
      {
        ...this.child({ dependsOn: [args.namespace.resource, ...needs, ...(args.after ?? [])] }),
        protect: args.deletionProtection,
        customTimeouts: { create: CREATION, update: CREATION },
      },
    );
  }

  /** The database exists by then; what this adds is the extension, and that the stack knows when it is there. */
  private createDatabase({ namespace, database }: TimescaleClusterArgs, cluster: Resource): void {
    new CustomResource(
      `${this.name}-database`,
      {
        apiVersion: "postgresql.cnpg.io/v1",
        kind: "Database",
        metadata: {
          name: CLUSTER,
          namespace: namespace.namespace,
          labels: standardLabels({ name: CLUSTER, component: "database" }),
          annotations: { "pulumi.com/waitFor": "jsonpath={.status.applied}=true" },
        },
        spec: {
          cluster: { name: CLUSTER },
          name: database,
          owner: databaseRoles.owner,
          databaseReclaimPolicy: "retain",
          // Without a version: TimescaleDB refuses to be updated in a session that has loaded it, as the operator's has.
          extensions: [{ name: "timescaledb", ensure: "present" }],
        },
      },
      this.child({ dependsOn: [namespace.resource, cluster] }),
    );
  }

  private createPoolers(args: TimescaleClusterArgs, cluster: Resource): void {
    const shared = {
      namespace: args.namespace,
      cluster: CLUSTER,
      instances: args.demand.instances,
      sizes: poolSizes(args.demand),
      priorityClass: priorityClassName(args.namespace.namespace, "data"),
      after: [cluster],
    };
    new ConnectionPooler(`${this.name}-write`, { ...shared, pooler: POOLER.write, type: "rw" }, this.child());
    new ConnectionPooler(`${this.name}-read`, { ...shared, pooler: POOLER.read, type: "ro" }, this.child());
  }

  private createBackup({ namespace, backup }: TimescaleClusterArgs, plan: ClusterPlan, cluster: Resource): void {
    if (backup === undefined) return;
    new DatabaseBackup(
      `${this.name}-backup`,
      {
        namespace,
        cluster: CLUSTER,
        recovered: RECOVERED_CLUSTER,
        plan,
        schedule: backup.schedule,
        after: [cluster],
      },
      this.child(),
    );
  }
}
