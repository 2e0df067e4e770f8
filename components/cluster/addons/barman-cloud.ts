import { apiServerEdge, probeEdges } from "../../security/cluster-edges";
import { tcp } from "../../security/network-edges";
import { type Addon, type AddonArgs, type ChartValues, pods, PRIORITY_CLASS, resources } from "./addon";
import { DATABASE_OPERATOR_NAMESPACE, databaseOperator } from "./cloudnative-pg";

/** The keys of the chart that we set. */
interface BarmanCloudValues extends ChartValues {
  readonly crds: { readonly create: true };
  readonly priorityClassName: string;
  readonly resources: ChartValues;
}

const plugin = pods("Barman Cloud plugin", DATABASE_OPERATOR_NAMESPACE, "plugin-barman-cloud", "plugin-barman-cloud");

/**
 * The Barman Cloud plugin of CloudNativePG: archives WAL and keeps base backups in an object store. PostgreSQL's own pods do
 * the uploading; this one only tells the operator how.
 *
 * Why these values:
 * - The CRD is the chart's own, templated and kept on removal, so the description of where the backups are survives.
 * - One replica, recreated: the plugin supports no more. While it is away, running databases go on archiving.
 * - Operator and plugin know each other by certificates that cert-manager issues, hence the order.
 */
export function barmanCloud({ network }: AddonArgs): Addon {
  const values: BarmanCloudValues = {
    crds: { create: true },
    priorityClassName: PRIORITY_CLASS,
    resources: resources("20m", "64Mi", "256Mi"),
  };
  return {
    name: "plugin-barman-cloud",
    namespace: DATABASE_OPERATOR_NAMESPACE,
    values,
    needs: ["cert-manager", "cloudnative-pg"],
    edges: [
      apiServerEdge(plugin, network),
      ...probeEdges(plugin, [tcp(8081)], network),
      { from: databaseOperator, to: plugin, ports: [tcp(9090)], why: "how databases are backed up (gRPC, mutual TLS)" },
    ],
  };
}
