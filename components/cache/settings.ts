import type { Bytes, Duration } from "../core/units";
import type { Resources } from "../workload/settings";

/** Where snapshots go. */
export interface SnapshotStore {
  /** A bucket and a prefix, `s3://bucket/prefix`. */
  readonly destination: string;
  /** The store's own address. @default AWS's, of the region */
  readonly endpoint?: string | undefined;
  readonly region: string;
  /** Where the store is, for the network policies. Empty: on the Internet. */
  readonly networks: readonly string[];
  /**
   * A Secret of the namespace whose key `credentials` is a file of credentials as AWS's tools read it.
   *
   * @default none: the pod's identity
   */
  readonly credentialsSecret?: string | undefined;
  /** When, as cron writes it, in UTC. */
  readonly schedule: string;
  readonly retention: Duration;
}

interface CacheImages {
  readonly valkey: string;
  readonly exporter: string;
  readonly proxy: string;
  /** Copies snapshots to the object store. */
  readonly copier: string;
}

/** How a cache in the cluster runs. Every default is in infra/config/cache.ts, where the spec's numbers stand. */
export interface CacheSettings {
  /** Beside the primary; even, so that servers and Sentinels are an odd number. */
  readonly replicas: number;
  readonly resources: { readonly requests: Resources; readonly limits: Resources };
  /** Of each server's claim. */
  readonly storage: Bytes;
  readonly storageClass: string;
  readonly images: CacheImages;
  /** Whether the engine refuses to delete or replace the servers. */
  readonly protect: boolean;
  /** @default none: nothing is kept anywhere else */
  readonly snapshots?: SnapshotStore | undefined;
}
