import { apiServerEdge, probeEdges, webhookEdge } from "../../security/cluster-edges";
import { internet, tcp } from "../../security/network-edges";
import {
  type Addon,
  type AddonArgs,
  type ChartValues,
  pods,
  PRIORITY_CLASS,
  resources,
  scraped,
  spread,
  toCloudIdentity,
} from "./addon";

/** The keys of the chart that we set. */
interface CertManagerValues extends ChartValues {
  readonly crds: { readonly enabled: true; readonly keep: true };
  readonly global: {
    readonly priorityClassName: string;
    readonly leaderElection: { readonly namespace: string };
  };
  readonly replicaCount: number;
  readonly dns01RecursiveNameserversOnly: boolean;
  readonly podDisruptionBudget: { readonly enabled: true };
  readonly resources: ChartValues;
  readonly topologySpreadConstraints: readonly ChartValues[];
  readonly prometheus: { readonly enabled: true; readonly servicemonitor: { readonly enabled: boolean } };
  readonly webhook: Part;
  readonly cainjector: Part;
  readonly startupapicheck: { readonly resources: ChartValues };
}

interface Part extends ChartValues {
  readonly replicaCount: number;
  readonly podDisruptionBudget: { readonly enabled: true };
  readonly resources: ChartValues;
  readonly topologySpreadConstraints: readonly ChartValues[];
}

export interface CertManagerArgs extends AddonArgs {
  /** Whether certificates come from an ACME authority on the Internet, proven by DNS records in Route 53. */
  readonly acme: boolean;
}

const name = "cert-manager";
const controller = pods("cert-manager", name, "cert-manager", name);
const webhook = pods("cert-manager webhook", name, "webhook", name);
const injector = pods("cert-manager CA injector", name, "cainjector", name);
const startupCheck = pods("cert-manager startup check", name, "startupapicheck", name);

/**
 * cert-manager: issues and renews every certificate, the public ones and those inside of the cluster.
 *
 * Why these values:
 * - The CRDs are the chart's own, templated: they are upgraded with it, and `keep` leaves them, and with them every
 *   certificate, when the release is removed.
 * - The election of a leader stays in its own namespace; the chart's default is kube-system, where it needs no rights.
 * - Three webhooks: while none answers, no certificate can be created or changed.
 * - The startup check is on: the release counts as installed only once the webhook really answers, so that nothing that
 *   depends on it is too early.
 * - DNS records are checked through the cluster's resolver alone. Asking the zone's servers directly would need DNS to the
 *   whole Internet. The trap: a resolver that answers a private view of the zone never sees the record.
 *
 * Expiry is watched by `certmanager_certificate_expiration_timestamp_seconds`, port 9402.
 */
export function certManager(args: CertManagerArgs): Addon {
  const { network, serviceMonitors, acme } = args;
  const values: CertManagerValues = {
    crds: { enabled: true, keep: true },
    global: { priorityClassName: PRIORITY_CLASS, leaderElection: { namespace: name } },
    replicaCount: 2,
    dns01RecursiveNameserversOnly: true,
    podDisruptionBudget: { enabled: true },
    resources: resources("50m", "128Mi", "512Mi"),
    topologySpreadConstraints: spread(controller.labels),
    prometheus: { enabled: true, servicemonitor: { enabled: serviceMonitors } },
    webhook: {
      replicaCount: 3,
      podDisruptionBudget: { enabled: true },
      resources: resources("20m", "64Mi", "256Mi"),
      topologySpreadConstraints: spread(webhook.labels),
    },
    cainjector: {
      replicaCount: 2,
      podDisruptionBudget: { enabled: true },
      resources: resources("20m", "128Mi", "512Mi"),
      topologySpreadConstraints: spread(injector.labels),
    },
    startupapicheck: { resources: resources("10m", "32Mi", "128Mi") },
  };
  return {
    name,
    namespace: name,
    values,
    needs: [],
    edges: [
      ...[controller, webhook, injector, startupCheck].map((from) => apiServerEdge(from, network)),
      webhookEdge(webhook, 10_250, network),
      ...[controller, webhook, injector].map((to) => scraped(to, 9402, args)),
      ...probeEdges(controller, [tcp(9403)], network),
      ...probeEdges(webhook, [tcp(6080)], network),
      ...(acme
        ? [
            { from: controller, to: internet, ports: [tcp(443)], why: "ACME directory and Route 53" },
            ...toCloudIdentity(controller, args),
          ]
        : []),
    ],
  };
}
