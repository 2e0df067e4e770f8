import { apiServerEdge, probeEdges, webhookEdge } from "../../security/cluster-edges";
import { type NetworkEndpoint, tcp } from "../../security/network-edges";
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
interface MetricsServerValues extends ChartValues {
  readonly replicas: number;
  readonly priorityClassName: string;
  readonly podDisruptionBudget: { readonly enabled: true; readonly maxUnavailable: number };
  readonly resources: ChartValues;
  readonly topologySpreadConstraints: readonly ChartValues[];
  readonly args: readonly string[];
  readonly apiService: { readonly insecureSkipTLSVerify: false };
  readonly tls: { readonly type: "cert-manager" };
  readonly metrics: { readonly enabled: boolean };
  readonly serviceMonitor: { readonly enabled: boolean };
}

export interface MetricsServerArgs extends AddonArgs {
  /**
   * Takes kubelets at their word. Only for clusters whose kubelets serve self-signed certificates, such as kind: whoever can
   * answer at a node's address then decides what the autoscalers see.
   *
   * @default false
   */
  readonly kubeletInsecureTls?: boolean;
  /** Where the nodes are, whose kubelets it asks (CIDR notation). */
  readonly kubelets: readonly string[];
}

const name = "metrics-server";
const server = pods("metrics server", name, "metrics-server", name);

/**
 * metrics-server: tells autoscalers how much CPU and memory pods use. Off where the cluster brings one (the EKS add-on).
 *
 * Why these values:
 * - The chart's default is an API service whose certificate nobody verifies. cert-manager issues one here, and its CA injector tells the
 *   API server which authority to trust.
 * - Two replicas: without an answer, no autoscaler moves.
 */
export function metricsServer(args: MetricsServerArgs): Addon {
  const { network, serviceMonitors, kubeletInsecureTls = false } = args;
  const kubelets: NetworkEndpoint = { kind: "networks", name: "kubelets", cidrs: args.kubelets };
  const values: MetricsServerValues = {
    replicas: 2,
    priorityClassName: PRIORITY_CLASS,
    podDisruptionBudget: { enabled: true, maxUnavailable: 1 },
    resources: resources("100m", "200Mi", "500Mi"),
    topologySpreadConstraints: spread(server.labels),
    args: kubeletInsecureTls ? ["--kubelet-insecure-tls"] : [],
    apiService: { insecureSkipTLSVerify: false },
    tls: { type: "cert-manager" },
    metrics: { enabled: serviceMonitors },
    serviceMonitor: { enabled: serviceMonitors },
  };
  return {
    name,
    namespace: name,
    values,
    needs: ["cert-manager"],
    edges: [
      apiServerEdge(server, network),
      { ...webhookEdge(server, 10_250, network), why: "the API of resource metrics" },
      ...probeEdges(server, [tcp(10_250)], network),
      { from: server, to: kubelets, ports: [tcp(10_250)], why: "usage of pods" },
      scraped(server, 10_250, args),
    ],
  };
}
