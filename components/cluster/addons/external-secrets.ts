import { apiServerEdge, probeEdges, webhookEdge } from "../../security/cluster-edges";
import { type Endpoint, tcp } from "../../security/network-edges";
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

/** The keys of the chart that we set, for the controller and for its two helpers alike. */
interface Part extends ChartValues {
  readonly replicaCount: number;
  readonly priorityClassName: string;
  readonly podDisruptionBudget: { readonly enabled: boolean };
  readonly resources: ChartValues;
  readonly topologySpreadConstraints: readonly ChartValues[];
}

interface ExternalSecretsValues extends Part {
  readonly installCRDs: true;
  readonly crds: { readonly annotations: Readonly<Record<string, string>> };
  readonly leaderElect: true;
  readonly processClusterExternalSecret: boolean;
  readonly processPushSecret: boolean;
  readonly processClusterPushSecret: boolean;
  readonly serviceMonitor: { readonly enabled: boolean };
  readonly webhook: Part;
  readonly certController: Part;
}

export interface ExternalSecretsArgs extends AddonArgs {
  /** Where the secret store is: the only thing on the network that it reads. */
  readonly store: Endpoint;
}

const name = "external-secrets";
const controller = pods("External Secrets", name, "external-secrets", name);
const webhook = pods("External Secrets webhook", name, "external-secrets-webhook", name);
const certController = pods("External Secrets certificates", name, "external-secrets-cert-controller", name);

/**
 * External Secrets: copies secrets from the store that owns them into the cluster, and keeps them current.
 *
 * Why these values:
 * - The chart's CRDs are templated, and unlike others' not kept on removal: the annotation makes it so. Without it, removing
 *   the release would remove every ExternalSecret, and with each the Secret that it owns.
 * - More than one replica needs the election of a leader, which is off by default.
 * - Secrets only come in: pushing them out, and secrets for many namespaces at once, are switched off.
 * - Its webhook's certificate is its own business (cert-controller), so that secrets do not wait for cert-manager.
 */
export function externalSecrets(args: ExternalSecretsArgs): Addon {
  const { network, serviceMonitors, store } = args;
  const part = (replicaCount: number, labels: Readonly<Record<string, string>>): Part => ({
    replicaCount,
    priorityClassName: PRIORITY_CLASS,
    // A budget for a single pod would hold up every drain.
    podDisruptionBudget: { enabled: replicaCount > 1 },
    resources: resources("20m", "96Mi", "384Mi"),
    topologySpreadConstraints: spread(labels),
  });
  const values: ExternalSecretsValues = {
    ...part(2, controller.labels),
    installCRDs: true,
    crds: { annotations: { "helm.sh/resource-policy": "keep" } },
    leaderElect: true,
    processClusterExternalSecret: false,
    processPushSecret: false,
    processClusterPushSecret: false,
    serviceMonitor: { enabled: serviceMonitors },
    webhook: part(2, webhook.labels),
    certController: part(1, certController.labels),
  };
  return {
    name,
    namespace: name,
    values,
    needs: [],
    edges: [
      ...[controller, webhook, certController].map((from) => apiServerEdge(from, network)),
      webhookEdge(webhook, 10_250, network),
      ...[webhook, certController].flatMap((to) => probeEdges(to, [tcp(8081)], network)),
      { from: controller, to: store, ports: [tcp(443)], why: "reads the secret store" },
      ...toCloudIdentity(controller, args),
      ...[controller, webhook, certController].map((to) => scraped(to, 8080, args)),
    ],
  };
}
