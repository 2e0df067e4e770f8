import { type ClusterNetwork, probeEdges } from "../security/cluster-edges";
import { type Edge, type NetworkEndpoint, type PodEndpoint, prometheus, tcp } from "../security/network-edges";
import { gatewayPods } from "./gateway-extensions";
import { previewName } from "./traffic-router";

export interface GatewayEdgesArgs {
  readonly namespace: string;
  readonly service: string;
  /** Empty: everyone. */
  readonly previewAllowedCidrs: readonly string[];
  /** What configures the proxies. */
  readonly controller: PodEndpoint;
  readonly monitoringNamespace: string;
  readonly network: ClusterNetwork;
}

/** What the proxies of the two Gateways are called in the network: no service may be called so. */
export const proxyNames = ["public-gateway", "preview-gateway"] as const;

const clients: NetworkEndpoint = { kind: "networks", name: "clients", cidrs: ["0.0.0.0/0"] };

/** The proxies that serve the two Gateways. */
export function gatewayProxies({ namespace, service }: GatewayEdgesArgs): readonly [PodEndpoint, PodEndpoint] {
  const pods = (name: string, gateway: string): PodEndpoint => ({
    kind: "pods",
    name,
    namespace,
    labels: gatewayPods(gateway),
  });
  const [front, preview] = proxyNames;
  return [pods(front, service), pods(preview, previewName(service))];
}

/**
 * The ways to and from the proxies, beside those to the service. A Service's ports are its pods' ports here.
 *
 * The trap: where a load balancer does not hand on its clients' addresses, its own networks have to be among the preview's.
 */
export function gatewayEdges(args: GatewayEdgesArgs): readonly Edge[] {
  const [front, preview] = gatewayProxies(args);
  const operators: NetworkEndpoint = { kind: "networks", name: "operators", cidrs: args.previewAllowedCidrs };
  return [
    { from: clients, to: front, ports: [tcp(80), tcp(443)], why: "requests from outside" },
    {
      from: args.previewAllowedCidrs.length === 0 ? clients : operators,
      to: preview,
      ports: [tcp(443)],
      why: "requests of operators to the idle colour",
    },
    ...[front, preview].flatMap((from): readonly Edge[] => [
      { from, to: args.controller, ports: [tcp(8443)], why: "the proxy's configuration" },
      { from: prometheus(args.monitoringNamespace), to: from, ports: [tcp(9113)], why: "metrics of the proxy" },
      ...probeEdges(from, [tcp(8081)], args.network),
    ]),
  ];
}
