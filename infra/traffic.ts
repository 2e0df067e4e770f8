import type { ComponentResourceOptions } from "@pulumi/pulumi";

import type { AppNamespace } from "../components/security/app-namespace";
import { gatewayEdges, type GatewayEdgesArgs, gatewayProxies } from "../components/traffic/gateway-edges";
import { PROXY_RESOURCES } from "../components/traffic/gateway-extensions";
import { GatewayRouter } from "../components/traffic/gateway-router";
import { IngressRouter } from "../components/traffic/ingress-router";
import type { TrafficDescription, TrafficRouter } from "../components/traffic/traffic-router";
import { otherColour } from "../components/workload/settings";
import type { StackConfig } from "./config";
import { previewHost } from "./config/checks";
import { RELEASED_SERVICE } from "./config/service";
import { ingressController } from "./platform";

/** What leads users to the active colour and operators to the idle one. */
export function createRouter(
  name: string,
  { traffic, release, services }: StackConfig,
  namespace: AppNamespace,
  options: ComponentResourceOptions,
): TrafficRouter {
  const { port, shutdown, resources } = services[RELEASED_SERVICE];
  const idle = otherColour(release.active);
  const route = (host: string, colour: typeof idle) => ({ host, service: `${RELEASED_SERVICE}-${colour}`, port });
  const args = {
    namespace,
    service: RELEASED_SERVICE,
    active: release.active,
    public: route(traffic.host, release.active),
    preview: release[idle] === undefined ? undefined : route(previewHost(traffic), idle),
    tlsSecret: traffic.tls.secretName,
    previewAllowedCidrs: traffic.previewAllowedCidrs,
    limits: traffic.limits,
    rateLimit: traffic.rateLimit,
    behind: { longestRequest: shutdown.longestRequest, memory: resources.limits.memory },
  };
  switch (traffic.kind) {
    case "ingress":
      return new IngressRouter(name, { ...args, ingressClass: traffic.ingressClass }, options);
    case "gateway":
      return new GatewayRouter(name, { ...args, gateway: traffic.gateway, previewHost: previewHost(traffic) }, options);
  }
}

/** Who lets requests in, and what that takes. */
export function describeTraffic(config: StackConfig): TrafficDescription {
  const { traffic, namespace, monitoring, network } = config;
  const { kind, gateway, previewAllowedCidrs } = traffic;
  if (kind === "ingress") {
    const controllers = [ingressController(config)];
    return { controllers, edges: [], demands: [], outside: { loadBalancers: 0, nodePorts: 0 } };
  }
  const args: GatewayEdgesArgs = {
    namespace,
    service: RELEASED_SERVICE,
    previewAllowedCidrs,
    monitoringNamespace: monitoring.namespace,
    network,
    controller: {
      kind: "pods",
      name: "NGINX Gateway Fabric",
      namespace: gateway.controllerNamespace,
      labels: gateway.controllerLabels,
    },
  };
  const controllers = gatewayProxies(args);
  return {
    controllers,
    edges: gatewayEdges(args),
    demands: [
      { instances: controllers.length, mostReplicas: gateway.replicas, leaving: gateway.replicas, ...PROXY_RESOURCES },
    ],
    // HTTP and HTTPS of the public one, HTTPS of the preview.
    outside: { loadBalancers: controllers.length, nodePorts: 3 },
  };
}
