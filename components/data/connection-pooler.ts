import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget";
import type { ComponentResourceOptions, Resource } from "@pulumi/pulumi";

import { type Labels, standardLabels } from "../core/labels";
import { StackComponent } from "../core/stack-component";
import type { OwnedNamespace } from "../security/network-policies";
import type { Resources } from "../workload/settings";
import { POOLER_SURGE, type PoolSizes } from "./connection-pools";

export interface ConnectionPoolerArgs {
  readonly namespace: OwnedNamespace;
  /** The pooler's name, which is also its Service's: what clients connect to, and never the cluster's. */
  readonly pooler: string;
  /** The cluster behind it; can never change. */
  readonly cluster: string;
  /** `rw` leads to the primary, `ro` to the replicas. */
  readonly type: "rw" | "ro";
  readonly instances: number;
  readonly sizes: PoolSizes;
  /** The PriorityClass of its pods. */
  readonly priorityClass: string;
  /** The cluster, and what else has to exist before the first pod. */
  readonly after: readonly Resource[];
}

/** Of a pod of a pooler: PgBouncer is one thread, and a client costs it kilobytes. The numbers are ours. */
export const poolerResources: { readonly requests: Resources; readonly limits: Resources } = {
  requests: { cpu: "100m", memory: "64Mi" },
  limits: { cpu: "500m", memory: "256Mi" },
};

/** What selects the pods of a pooler. */
function poolerLabels(pooler: string): Labels {
  return { "cnpg.io/poolerName": pooler };
}

/**
 * PgBouncer before the servers, in transaction mode: hundreds of clients share a few dozen connections. It presents the servers'
 * certificate, which therefore has its name as well, and takes no client without TLS.
 *
 * Traps:
 * - A connection belongs to a client for a transaction only. `SET`, `LISTEN` and advisory locks of a session do not survive it:
 *   migrations, which lock, connect to the server itself.
 * - Certificates of its own would switch off the operator's integration, and with it the look-up of passwords.
 * - The operator makes no disruption budget for a pooler, unlike for a cluster: this component does.
 */
export class ConnectionPooler extends StackComponent {
  constructor(name: string, args: ConnectionPoolerArgs, options?: ComponentResourceOptions) {
    super("data", name, options);

    const labels = standardLabels({ name: args.pooler, component: "pooler" });
    this.createPooler(args, labels);
    this.createDisruptionBudget(args, labels);

    this.registerOutputs({});
  }

  private createPooler(args: ConnectionPoolerArgs, labels: Labels): void {
    new CustomResource(
      this.name,
      {
        apiVersion: "postgresql.cnpg.io/v1",
        kind: "Pooler",
        metadata: {
          name: args.pooler,
          namespace: args.namespace.namespace,
          labels: { ...labels },
          annotations: { "pulumi.com/waitFor": "jsonpath={.status.phase}=active" },
        },
        spec: {
          cluster: { name: args.cluster },
          type: args.type,
          instances: args.instances,
          deploymentStrategy: {
            type: "RollingUpdate",
            rollingUpdate: { maxSurge: POOLER_SURGE, maxUnavailable: 0 },
          },
          pgbouncer: { poolMode: "transaction", parameters: parameters(args.sizes) },
          monitoring: { tls: { enabled: true } },
          template: { metadata: { labels: { ...labels } }, spec: podSpec(args) },
        },
      },
      this.child({ dependsOn: [args.namespace.resource, ...args.after] }),
    );
  }

  private createDisruptionBudget({ namespace, pooler, instances }: ConnectionPoolerArgs, labels: Labels): void {
    new PodDisruptionBudget(
      this.name,
      {
        metadata: { name: `${pooler}-pooler`, namespace: namespace.namespace, labels: { ...labels } },
        spec: {
          // One pod may always go, or no node could be drained.
          minAvailable: instances - 1,
          selector: { matchLabels: { ...poolerLabels(pooler) } },
          unhealthyPodEvictionPolicy: "AlwaysAllow",
        },
      },
      this.child({ dependsOn: [namespace.resource] }),
    );
  }
}

function parameters({ connections, clients }: PoolSizes): Readonly<Record<string, string>> {
  return {
    default_pool_size: String(connections),
    max_db_connections: String(connections),
    max_client_conn: String(clients),
    // The operator's default, `prefer`, would take a client without TLS.
    client_tls_sslmode: "require",
    server_tls_sslmode: "verify-full",
    // Prepared statements are kept per client and made again on whichever connection it gets.
    max_prepared_statements: "200",
    // A client that waits longer for a connection than the service may take for its answer waits in vain.
    query_wait_timeout: "25",
    server_idle_timeout: "300",
  };
}

function podSpec({ pooler, priorityClass }: ConnectionPoolerArgs) {
  const labelSelector = { matchLabels: { ...poolerLabels(pooler) } };
  // Pods of one revision only: or no pod of a new one could be placed where there are as many nodes as pods.
  const matchLabelKeys = ["pod-template-hash"];
  return {
    priorityClassName: priorityClass,
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { topologyKey: "kubernetes.io/hostname", labelSelector, matchLabelKeys },
        ],
      },
    },
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: "topology.kubernetes.io/zone",
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector,
        matchLabelKeys,
      },
    ],
    containers: [
      {
        name: "pgbouncer",
        resources: { requests: { ...poolerResources.requests }, limits: { ...poolerResources.limits } },
      },
    ],
  };
}
