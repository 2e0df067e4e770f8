import type { ComponentResourceOptions } from "@pulumi/pulumi";

import type { AppNamespace } from "../components/security/app-namespace";
import { IngressRouter } from "../components/traffic/ingress-router";
import type { TrafficRouter } from "../components/traffic/traffic-router";
import { otherColour } from "../components/workload/settings";
import type { StackConfig } from "./config";
import { previewHost } from "./config/checks";
import { RELEASED_SERVICE } from "./config/service";

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
  return new IngressRouter(name, { ...args, ingressClass: traffic.ingressClass }, options);
}
