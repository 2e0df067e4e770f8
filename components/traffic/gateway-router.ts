import type { ComponentResourceOptions, Resource } from "@pulumi/pulumi";
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";

import { refuseConflicts } from "../core/errors";
import { standardLabels } from "../core/labels";
import { StackComponent } from "../core/stack-component";
import type { ColourName } from "../workload/settings";
import {
  type ApiObject,
  clientSettings,
  proxy,
  proxySettings,
  rateLimitPolicy,
  upstreamSettings,
} from "./gateway-extensions";
import { httpRoute, redirectRoute } from "./http-routes";
import { trafficConflicts } from "./rules";
import { type EffectiveLimits, effectiveLimits, type GatewaySettings } from "./settings";
import { previewName, type Route, type RouterArgs, type TrafficRouter } from "./traffic-router";

export interface GatewayRouterArgs extends RouterArgs {
  readonly gateway: GatewaySettings;
  readonly previewHost: string;
}

/** The arguments, complete. */
interface Settings extends GatewayRouterArgs {
  readonly limits: EffectiveLimits;
}

interface GatewayArgs {
  readonly suffix: "gateway" | "preview-gateway";
  /** The object's name. */
  readonly gateway: string;
  readonly listeners: readonly Readonly<Record<string, unknown>>[];
  /** @default everyone */
  readonly allowedCidrs?: readonly string[] | undefined;
}

interface ObjectArgs {
  readonly suffix: string;
  /** The object's name. */
  readonly name: string;
  /** What `pulumi up` waits for. @default nothing */
  readonly waitFor?: string;
  /** @default nothing but the namespace */
  readonly after?: readonly Resource[];
}

const API = "gateway.networking.k8s.io/v1";

const PROGRAMMED = "condition=Programmed";
const PROGRAMMED_AS_TOLD = JSON.stringify([PROGRAMMED, "condition=ResolvedRefs"]);

/** A policy that its proxy does not accept would be a limit that does not hold. */
const ACCEPTED_POLICY = `jsonpath={.status.ancestors[0].conditions[?(@.type=="Accepted")].status}=True`;

/** The conditions of a route stand below each of its parents. A route has one here. */
const ROUTE_READY = JSON.stringify(
  ["Accepted", "ResolvedRefs"].map(
    (type) => `jsonpath={.status.parents[0].conditions[?(@.type=="${type}")].status}=True`,
  ),
);

/**
 * Routes by Gateway API, for NGINX Gateway Fabric (2.7 or newer) or, without its extensions, any implementation.
 *
 * There are two Gateways and so two proxies with a load balancer each. The public one's route names both colours' Services, with the weights
 * 100 and 0: the proxy that will serve the idle colour knows its pods before the switch, and a flip changes two numbers. The preview one
 * leads to the idle colour. It is a proxy of its own, because nothing in Gateway API or in NGINX Gateway Fabric lets some addresses into one
 * host and keeps others out: its load balancer and its pods' network policy let the operators' networks in.
 *
 * The Gateways are permanent: an address is not handed back when a colour is retired. Only the routes follow the release. The cost is a second
 * load balancer, and two more pods.
 *
 * Traps:
 * - A Gateway whose NginxProxy is missing or not accepted is served without the load balancer's allow-list. It is made first, and the
 *   Gateway is waited for until its references are resolved.
 * - A route stays Accepted while a change of it is on its way to the proxy: that `pulumi up` is done says that the change is valid, and
 *   not yet that it is live.
 * - The pods of the proxies run in this namespace and count against its quota.
 * - Retries cannot be set: a GET that takes longer than the read timeout is tried at every other pod in turn.
 *
 * @example
 * new GatewayRouter("traffic", { ...routes, previewHost, gateway: { className: "nginx", extensions: "nginx", replicas: 2 } })
 */
export class GatewayRouter extends StackComponent implements TrafficRouter {
  readonly active: ColourName;
  readonly public: Route;
  readonly preview: Route | undefined;

  constructor(name: string, args: GatewayRouterArgs, options?: ComponentResourceOptions) {
    super("traffic", name, options);
    refuseConflicts(`GatewayRouter ${name}`, trafficConflicts(args));
    const settings = { ...args, limits: effectiveLimits(args.limits, args.behind.longestRequest) };

    this.active = args.active;
    this.public = args.public;
    this.preview = args.preview;
    const gateways = this.createGateways(settings);
    const policies = this.createPolicies(settings, gateways);
    this.createRoutes(settings, [...gateways, ...policies]);

    this.registerOutputs({ active: this.active });
  }

  private createGateways(settings: Settings): readonly Resource[] {
    const https = { name: "https", port: 443, protocol: "HTTPS", tls: this.tls(settings) };
    const { host } = settings.public;
    const publicGateway = this.createGateway(settings, {
      suffix: "gateway",
      gateway: settings.service,
      listeners: [
        { name: "http", port: 80, protocol: "HTTP", hostname: host },
        { ...https, hostname: host },
      ],
    });
    const previewGateway = this.createGateway(settings, {
      suffix: "preview-gateway",
      gateway: previewName(settings.service),
      listeners: [{ ...https, hostname: settings.previewHost }],
      allowedCidrs: settings.previewAllowedCidrs,
    });
    return [publicGateway, previewGateway];
  }

  private tls({ tlsSecret, gateway }: Settings) {
    return {
      mode: "Terminate",
      certificateRefs: [{ name: tlsSecret }],
      ...(gateway.extensions === "nginx" ? { options: { "nginx.org/ssl-protocols": "TLSv1.2 TLSv1.3" } } : {}),
    };
  }

  private createGateway(settings: Settings, { suffix, gateway, listeners, allowedCidrs }: GatewayArgs): Resource {
    const { limits } = settings;
    const { replicas, className, extensions } = settings.gateway;
    const parameters =
      extensions === "none"
        ? undefined
        : this.create(settings, proxy({ gateway, replicas, limits, allowedCidrs }), {
            suffix: `${suffix}-proxy`,
            name: gateway,
          });
    const parametersRef = { group: "gateway.nginx.org", kind: "NginxProxy", name: gateway };
    const spec = {
      gatewayClassName: className,
      listeners,
      ...(parameters === undefined ? {} : { infrastructure: { parametersRef } }),
    };
    return this.create(
      settings,
      { apiVersion: API, kind: "Gateway", spec },
      {
        suffix,
        name: gateway,
        waitFor: parameters === undefined ? PROGRAMMED : PROGRAMMED_AS_TOLD,
        after: parameters === undefined ? [] : [parameters],
      },
    );
  }

  /** What limits the proxies, before any route leads through them. */
  private createPolicies(settings: Settings, after: readonly Resource[]): readonly Resource[] {
    const { service, limits, rateLimit } = settings;
    if (settings.gateway.extensions === "none") return [];
    for (const { service: colour } of [settings.public, settings.preview].filter((route) => route !== undefined)) {
      // Accepted only once a route leads to the Service: nothing to wait for.
      this.create(settings, upstreamSettings(colour, limits), { suffix: `upstream-${colour}`, name: colour });
    }
    const preview = previewName(service);
    const policies: readonly (readonly [suffix: string, name: string, policy: ApiObject])[] = [
      ["client-settings", service, clientSettings(service, limits)],
      ["preview-client-settings", preview, clientSettings(preview, limits)],
      ["proxy-settings", service, proxySettings([service, preview], limits)],
      ["rate-limit", service, rateLimitPolicy(service, rateLimit)],
    ];
    return policies.map(([suffix, name, policy]) =>
      this.create(settings, policy, { suffix, name, waitFor: ACCEPTED_POLICY, after }),
    );
  }

  private createRoutes(settings: Settings, after: readonly Resource[]): void {
    const { service, public: front, preview } = settings;
    const timeout = settings.gateway.extensions === "none" ? settings.limits.readTimeout : undefined;
    const route = (suffix: string, name: string, spec: ApiObject["spec"]) =>
      this.create(
        settings,
        { apiVersion: API, kind: "HTTPRoute", spec },
        { suffix, name, waitFor: ROUTE_READY, after },
      );

    const live = { ...front, weight: 100 };
    const backends = preview === undefined ? [live] : [live, { ...preview, weight: 0 }];
    route("public", service, httpRoute({ gateway: service, host: front.host, backends, timeout }));
    route("redirect", `${service}-redirect`, redirectRoute(service, front.host));
    if (preview === undefined) return;
    const gateway = previewName(service);
    const idle = { ...preview, weight: 100 };
    route("preview", gateway, httpRoute({ gateway, host: preview.host, backends: [idle], timeout }));
  }

  private create(
    { namespace }: Settings,
    { apiVersion, kind, spec }: ApiObject,
    { suffix, name, waitFor, after = [] }: ObjectArgs,
  ): Resource {
    return new CustomResource(
      `${this.name}-${suffix}`,
      {
        apiVersion,
        kind,
        metadata: {
          name,
          namespace: namespace.namespace,
          labels: standardLabels({ name: "traffic", instance: name, component: "route" }),
          ...(waitFor === undefined ? {} : { annotations: { "pulumi.com/waitFor": waitFor } }),
        },
        spec,
      },
      this.child({ dependsOn: [namespace.resource, ...after] }),
    );
  }
}
