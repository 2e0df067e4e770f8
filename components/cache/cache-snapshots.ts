import type { ComponentResourceOptions, Resource } from "@pulumi/pulumi";
import { CronJob } from "@pulumi/kubernetes/batch/v1/cronJob";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount";
import type { types } from "@pulumi/kubernetes";

import { priorityClassName } from "../cluster/priority-classes";
import { standardLabels } from "../core/labels";
import { StackComponent } from "../core/stack-component";
import { bytes, days, formatBytes } from "../core/units";
import type { OwnedNamespace } from "../security/network-policies";
import type { DeliveredSecret, SecretDelivery } from "../security/secret-delivery";
import { withEphemeralStorage } from "../workload/ephemeral-storage";
import { password } from "./access";
import { CERTIFICATE, names, paths, sideResources, topologyOf } from "./in-cluster-cache";
import { confined, podBasics } from "./pod";
import { scripts, snapshotScripts } from "./scripts";
import type { CacheSettings, SnapshotStore } from "./settings";
import { topologyFile } from "./topology";

type PodSpec = types.input.core.v1.PodSpec;
type EnvVar = types.input.core.v1.EnvVar;

export interface CacheSnapshotsArgs {
  readonly namespace: OwnedNamespace;
  readonly settings: CacheSettings;
  readonly store: SnapshotStore;
  readonly delivery: SecretDelivery;
  /** The servers' certificate. */
  readonly certificate: Resource;
}

/** A user that the images do not know, and need not. */
const USER = { user: 10_001, group: 10_001 };

/** A snapshot that takes longer than this hangs (seconds). */
const DEADLINE = 3600;

const CREDENTIALS = "/etc/cache-backup";

/**
 * Copies a replica's data to an object store every day and removes what is older than the retention (spec 003: 7 days). One container
 * copies and checks, and the next puts the file away: neither has the other's credentials.
 *
 * The trap: the copier removes by age and only after it has put a new snapshot away. A job that fails removes nothing; but the bucket should
 * keep versions and have a lifecycle of its own, which no credential of this cluster can shorten.
 */
export class CacheSnapshots extends StackComponent {
  constructor(name: string, args: CacheSnapshotsArgs, options?: ComponentResourceOptions) {
    super("cache", name, options);

    const account = this.createAccount(args);
    const configMap = this.createConfigMap(args);
    const secret = this.createSecret(args);
    this.createCronJob(args, configMap, secret, account);

    this.registerOutputs({});
  }

  /** The pod's identity is bound to this account. */
  private createAccount(args: CacheSnapshotsArgs): ServiceAccount {
    return new ServiceAccount(
      `${this.name}-account`,
      { metadata: { ...this.metadata(args), name: names.snapshots }, automountServiceAccountToken: false },
      this.child({ dependsOn: [args.namespace.resource] }),
    );
  }

  private createConfigMap(args: CacheSnapshotsArgs): ConfigMap {
    const topology = topologyOf(args.namespace.namespace, args.settings);
    return new ConfigMap(
      `${this.name}-config`,
      {
        metadata: this.metadata(args),
        data: { "topology.env": topologyFile(topology), ...scripts(snapshotScripts) },
      },
      this.child({ dependsOn: [args.namespace.resource] }),
    );
  }

  private createSecret(args: CacheSnapshotsArgs): DeliveredSecret {
    return args.delivery.deliver(
      `${this.name}-secrets`,
      {
        namespace: args.namespace,
        labels: this.labels(),
        data: { probe: password("probe"), backup: password("backup") },
      },
      this.child(),
    );
  }

  private createCronJob(
    args: CacheSnapshotsArgs,
    configMap: ConfigMap,
    secret: DeliveredSecret,
    account: ServiceAccount,
  ): void {
    new CronJob(
      this.name,
      {
        metadata: { ...this.metadata(args), name: names.snapshots },
        spec: {
          schedule: args.store.schedule,
          timeZone: "Etc/UTC",
          concurrencyPolicy: "Forbid",
          startingDeadlineSeconds: DEADLINE,
          successfulJobsHistoryLimit: 3,
          failedJobsHistoryLimit: 3,
          jobTemplate: {
            metadata: { labels: { ...this.labels() } },
            spec: {
              backoffLimit: 3,
              activeDeadlineSeconds: DEADLINE,
              template: {
                metadata: { labels: { ...this.labels() } },
                spec: this.pod(args, configMap, secret),
              },
            },
          },
        },
      },
      this.child({ dependsOn: [args.namespace.resource, account, args.certificate, secret.resource] }),
    );
  }

  private pod(
    { namespace, settings, store }: CacheSnapshotsArgs,
    configMap: ConfigMap,
    secret: DeliveredSecret,
  ): PodSpec {
    // A snapshot is never larger than the data in memory.
    const scratch = formatBytes(2 * bytes(settings.resources.limits.memory));
    const common = {
      imagePullPolicy: "IfNotPresent",
      resources: withEphemeralStorage(sideResources.snapshot, scratch),
      securityContext: confined,
    };
    const config = { name: "config", mountPath: paths.config, readOnly: true };
    const run = { name: "run", mountPath: paths.run };
    return {
      ...podBasics(names.snapshots, USER, priorityClassName(namespace.namespace, "batch")),
      restartPolicy: "Never",
      initContainers: [
        {
          ...common,
          name: "take",
          image: settings.images.valkey,
          command: ["sh", `${paths.config}/take-snapshot.sh`],
          env: [{ name: "SELF", value: names.snapshots }],
          volumeMounts: [
            config,
            run,
            { name: "secrets", mountPath: paths.secrets, readOnly: true },
            { name: "authority", mountPath: paths.tls, readOnly: true },
          ],
        },
      ],
      containers: [
        {
          ...common,
          name: "keep",
          image: settings.images.copier,
          command: ["sh", `${paths.config}/keep-snapshot.sh`],
          env: storeEnvironment(store),
          volumeMounts: [
            config,
            run,
            ...(store.credentialsSecret === undefined
              ? []
              : [{ name: "credentials", mountPath: CREDENTIALS, readOnly: true }]),
          ],
        },
      ],
      volumes: [
        { name: "config", configMap: { name: configMap.metadata.name } },
        { name: "secrets", secret: { secretName: secret.name, defaultMode: 0o440 } },
        {
          name: "authority",
          secret: { secretName: CERTIFICATE, defaultMode: 0o440, items: [{ key: "ca.crt", path: "ca.crt" }] },
        },
        { name: "run", emptyDir: { sizeLimit: scratch } },
        ...(store.credentialsSecret === undefined
          ? []
          : [{ name: "credentials", secret: { secretName: store.credentialsSecret, defaultMode: 0o440 } }]),
      ],
    };
  }

  private metadata({ namespace }: CacheSnapshotsArgs) {
    return { namespace: namespace.namespace, labels: this.labels() };
  }

  private labels() {
    return { ...standardLabels({ name: names.snapshots, component: "cache" }) };
  }
}

/** What keep-snapshot.sh and rclone read. Nothing of it is secret. */
function storeEnvironment(store: SnapshotStore): EnvVar[] {
  const variables: Readonly<Record<string, string>> = {
    RUN: paths.run,
    DESTINATION: store.destination.replace(/^s3:\/\//, ":s3:"),
    KEEP: `${days(store.retention)}d`,
    RCLONE_S3_PROVIDER: store.endpoint === undefined ? "AWS" : "Other",
    RCLONE_S3_ENV_AUTH: "true",
    RCLONE_S3_REGION: store.region,
    // It may write to the prefix, and not ask for or make buckets.
    RCLONE_S3_NO_CHECK_BUCKET: "true",
    // There is no configuration file, and no place for one.
    RCLONE_CONFIG: "/dev/null",
    ...(store.endpoint === undefined ? {} : { RCLONE_S3_ENDPOINT: store.endpoint }),
    ...(store.credentialsSecret === undefined ? {} : { AWS_SHARED_CREDENTIALS_FILE: `${CREDENTIALS}/credentials` }),
  };
  return Object.entries(variables).map(([name, value]) => ({ name, value }));
}
