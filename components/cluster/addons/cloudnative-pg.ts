import { apiServerEdge, probeEdges, webhookEdge } from "../../security/cluster-edges";
import { type PodEndpoint, tcp } from "../../security/network-edges";
import {
  type Addon,
  type AddonArgs,
  type ChartValues,
  pods,
  PRIORITY_CLASS,
  resources,
  scraped,
  spread,
} from "./addon";

/** The keys of the chart that we set. */
interface CloudNativePgValues extends ChartValues {
  readonly crds: { readonly create: true };
  readonly replicaCount: number;
  readonly priorityClassName: string;
  readonly resources: ChartValues;
  readonly topologySpreadConstraints: readonly ChartValues[];
  readonly monitoring: { readonly podMonitorEnabled: boolean };
}

/** Where the operator and its plugins are: it finds plugins in its own namespace only. */
export const DATABASE_OPERATOR_NAMESPACE = "cnpg-system";

/** The operator, which calls every instance that it manages: whoever makes a database adds that edge. */
export const databaseOperator: PodEndpoint = pods(
  "CloudNativePG operator",
  DATABASE_OPERATOR_NAMESPACE,
  "cloudnative-pg",
  "cloudnative-pg",
);

/**
 * CloudNativePG's operator: runs PostgreSQL, fails it over, and keeps its backups.
 *
 * Why these values:
 * - The CRDs are the chart's own, templated and kept on removal: removing the operator never removes a database.
 * - Two replicas, one of which leads. While none runs, databases go on without failover, and its webhook refuses changes to them.
 * - Its containers are hardened by the chart already: non-root, read-only root, no capability.
 *
 * The trap: a new version of the operator restarts every database, instance after instance, as it replaces the manager in their pods.
 * `npm run charts -- diff` flags it, and `primaryUpdateStrategy: supervised` makes the primary wait for a person.
 */
export function cloudNativePg(args: AddonArgs): Addon {
  const { network, serviceMonitors } = args;
  const values: CloudNativePgValues = {
    crds: { create: true },
    replicaCount: 2,
    priorityClassName: PRIORITY_CLASS,
    resources: resources("100m", "200Mi", "512Mi"),
    topologySpreadConstraints: spread(databaseOperator.labels),
    monitoring: { podMonitorEnabled: serviceMonitors },
  };
  return {
    name: "cloudnative-pg",
    namespace: DATABASE_OPERATOR_NAMESPACE,
    values,
    needs: [],
    edges: [
      apiServerEdge(databaseOperator, network),
      webhookEdge(databaseOperator, 9443, network),
      ...probeEdges(databaseOperator, [tcp(9443)], network),
      scraped(databaseOperator, 8080, args),
    ],
  };
}
