import { type Check, conflict } from "./check";

/** Policies cannot name the API server or a node: outside of a local stack, nobody's guess stands for their addresses. */
const addresses: Check = ({ environment, platform }) => {
  if (environment === "local") return [];
  const missing = (list: "apiServer" | "nodes", why: string) =>
    platform[list].length > 0
      ? []
      : [
          conflict(["platform", list, 0], undefined, `at least one network in ${environment}: ${why}`, "10.0.0.0/16", [
            ["environment"],
            ["platform", list],
          ]),
        ];
  const { certManager, cloudnativePg, barmanCloud, externalSecrets, nginxIngress, metricsServer } = platform;
  const any = [certManager, cloudnativePg, barmanCloud, externalSecrets, nginxIngress, metricsServer];
  return [
    ...(any.some(({ enabled }) => enabled)
      ? missing("apiServer", "network policies let add-ons reach it at no other address")
      : []),
    ...(metricsServer.enabled ? missing("nodes", "network policies let the metrics server ask nobody else") : []),
  ];
};

/** The plugin lives in the operator's namespace, which is ours only if the operator is. */
const barmanNeedsOperator: Check = ({ platform: { barmanCloud, cloudnativePg } }) =>
  barmanCloud.enabled && !cloudnativePg.enabled
    ? [
        conflict(
          ["platform", "barmanCloud", "enabled"],
          true,
          "false where platform.cloudnativePg.enabled is: the plugin belongs to whoever installs the operator",
          "false",
          [["platform", "cloudnativePg", "enabled"]],
        ),
      ]
    : [];

const loadBalancerNetworks: Check = ({ platform: { nginxIngress } }) => {
  const { kind, subnets } = nginxIngress.loadBalancer;
  const at = ["platform", "nginxIngress", "loadBalancer", "subnets"];
  const reads = [["platform", "nginxIngress", "loadBalancer", "kind"]];
  if (!nginxIngress.enabled || (kind === "aws-nlb") === subnets.length > 0) return [];
  return kind === "aws-nlb"
    ? [
        conflict([...at, 0], undefined, "at least one network: those of the NLB's subnets", "10.0.0.0/16", [
          at,
          ...reads,
        ]),
      ]
    : [conflict(at, subnets, "nothing where loadBalancer.kind is plain", "[]", reads)];
};

/** The namespaces of add-ons are closed around them; the stack's own is another. */
const ownNamespaces: Check = ({ namespace }) =>
  ["cert-manager", "cnpg-system", "external-secrets", "metrics-server"].includes(namespace)
    ? [conflict(["namespace"], namespace, "another namespace than those of add-ons", "monitoring-web-service-prod")]
    : [];

export const platformChecks: readonly Check[] = [addresses, barmanNeedsOperator, loadBalancerNetworks, ownNamespaces];
