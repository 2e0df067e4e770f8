import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap";
import { type ComponentResourceOptions, jsonStringify, type Resource } from "@pulumi/pulumi";

import { standardLabels } from "../core/labels";
import { StackComponent } from "../core/stack-component";
import { days, type Duration } from "../core/units";
import type { OwnedNamespace } from "../security/network-policies";
import type { Resources } from "../workload/settings";
import { BARMAN_PLUGIN, clusterSpec, type ClusterPlan } from "./cluster-spec";

/** Where backups go, and how the servers prove who they are there. */
export interface BackupSettings {
  /** `s3://bucket/path`. */
  readonly destination: string;
  /** `https://…`. Empty: AWS. */
  readonly endpoint: string;
  /**
   * `pod-identity`: what the cloud knows the servers' service account as. `secret`: keys in a Secret that is there already, which is the
   * weaker choice, since such keys live until someone changes them.
   */
  readonly credentials: "pod-identity" | "secret";
  /** With `secret`: its name; its keys are ACCESS_KEY_ID and ACCESS_SECRET_KEY. */
  readonly credentialsSecret: string;
  readonly retention: Duration;
  /** When a base backup is made: cron with six fields, the first of which are seconds. */
  readonly schedule: string;
}

/** Of the container beside each server that archives and restores. The numbers are ours: zstd on four files at a time. */
export const backupResources: { readonly requests: Resources; readonly limits: Resources } = {
  requests: { cpu: "100m", memory: "128Mi" },
  limits: { cpu: "500m", memory: "512Mi" },
};

interface StoreArgs {
  readonly namespace: OwnedNamespace;
  /** The ObjectStore's name. */
  readonly store: string;
  readonly settings: BackupSettings;
}

/**
 * The object store of a cluster's backups, before the cluster exists. The bucket itself is somebody else's: no object here can
 * delete it, and taking this one away deletes no backup. Encryption at rest is the bucket's own default.
 */
export class BackupStore extends StackComponent {
  readonly resource: Resource;

  constructor(name: string, args: StoreArgs, options?: ComponentResourceOptions) {
    super("data", name, options);

    this.resource = this.createStore(args);

    this.registerOutputs({});
  }

  private createStore({ namespace, store, settings }: StoreArgs): Resource {
    return new CustomResource(
      this.name,
      {
        apiVersion: "barmancloud.cnpg.io/v1",
        kind: "ObjectStore",
        metadata: {
          name: store,
          namespace: namespace.namespace,
          labels: standardLabels({ name: store, component: "backup" }),
        },
        spec: {
          configuration: {
            destinationPath: settings.destination,
            ...(settings.endpoint === "" ? {} : { endpointURL: settings.endpoint }),
            s3Credentials: credentials(settings),
            wal: { compression: "zstd", maxParallel: 4 },
            data: { compression: "lz4", jobs: 2 },
          },
          retentionPolicy: `${days(settings.retention)}d`,
          instanceSidecarConfiguration: {
            resources: { requests: { ...backupResources.requests }, limits: { ...backupResources.limits } },
          },
        },
      },
      this.child({ dependsOn: [namespace.resource] }),
    );
  }
}

function credentials({ credentials: kind, credentialsSecret: name }: BackupSettings) {
  if (kind === "pod-identity") return { inheritFromIAMRole: true };
  return {
    accessKeyId: { name, key: "ACCESS_KEY_ID" },
    secretAccessKey: { name, key: "ACCESS_SECRET_KEY" },
  };
}

export interface DatabaseBackupArgs {
  readonly namespace: OwnedNamespace;
  /** The cluster that is backed up. */
  readonly cluster: string;
  /** What a cluster recovered from it is called. */
  readonly recovered: string;
  readonly plan: ClusterPlan;
  readonly schedule: string;
  readonly after: readonly Resource[];
}

/**
 * Daily base backups of a cluster, and the way back: a ConfigMap with the Cluster that recovers from them, complete, so that at
 * night nobody has to write one. The write-ahead log is archived by the cluster itself, always, by the same plugin.
 *
 * @example kubectl get configmap --selector app.kubernetes.io/component=recovery --output jsonpath='{.items[0].data.cluster\.json}' | kubectl apply -f -
 */
export class DatabaseBackup extends StackComponent {
  constructor(name: string, args: DatabaseBackupArgs, options?: ComponentResourceOptions) {
    super("data", name, options);

    this.createSchedule(args);
    this.createRecovery(args);

    this.registerOutputs({});
  }

  private createSchedule({ namespace, cluster, schedule, after }: DatabaseBackupArgs): void {
    new CustomResource(
      `${this.name}-daily`,
      {
        apiVersion: "postgresql.cnpg.io/v1",
        kind: "ScheduledBackup",
        metadata: {
          name: `${cluster}-daily`,
          namespace: namespace.namespace,
          labels: standardLabels({ name: cluster, component: "backup" }),
        },
        spec: {
          cluster: { name: cluster },
          schedule,
          // Or the first day would have no way back.
          immediate: true,
          // Backup objects go with this one or by hand, and not with the cluster.
          backupOwnerReference: "self",
          method: "plugin",
          pluginConfiguration: { name: BARMAN_PLUGIN },
          // The primary has enough to do.
          target: "prefer-standby",
        },
      },
      this.child({ dependsOn: [namespace.resource, ...after] }),
    );
  }

  private createRecovery({ namespace, cluster, recovered, plan }: DatabaseBackupArgs): void {
    new ConfigMap(
      `${this.name}-recovery`,
      {
        metadata: {
          namespace: namespace.namespace,
          labels: standardLabels({ name: cluster, component: "recovery" }),
        },
        data: {
          "cluster.json": jsonStringify({
            apiVersion: "postgresql.cnpg.io/v1",
            kind: "Cluster",
            metadata: { name: recovered, namespace: namespace.namespace },
            spec: clusterSpec(recovered, plan, { kind: "recovery", from: cluster }),
          }),
        },
      },
      this.child({ dependsOn: [namespace.resource] }),
    );
  }
}
