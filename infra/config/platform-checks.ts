import { type Check, conflict } from "./check";

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

export const platformChecks: readonly Check[] = [barmanNeedsOperator, loadBalancerNetworks, ownNamespaces];
