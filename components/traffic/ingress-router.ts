import type { ComponentResourceOptions } from "@pulumi/pulumi";
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import { Ingress } from "@pulumi/kubernetes/networking/v1/ingress";

import { refuseConflicts } from "../core/errors";
import { standardLabels } from "../core/labels";
import { StackComponent } from "../core/stack-component";
import type { ColourName } from "../workload/settings";
import { rateLimitAnnotations, routeAnnotations } from "./ingress-annotations";
import { trafficConflicts } from "./rules";
import { effectiveLimits } from "./settings";
import type { Route, RouterArgs, TrafficRouter } from "./traffic-router";

export interface IngressRouterArgs extends RouterArgs {
  readonly ingressClass: string;
}

/**
 * Routes by Ingress, for the F5 NGINX Ingress Controller (`nginx.org/…` annotations; ingress-nginx knows none of these).
 *
 * The public host leads to the active colour's Service and the preview host to the idle one's, so the proxy that will serve
 * the idle colour already knows it before the switch. These are two Ingress objects and not one, because annotations hold for a
 * whole object: the preview is restricted to the operators' networks, the public host is not. A flip changes these two and nothing
 * else, and needs no order between them, as they share no host.
 *
 * The public host has a rate limit for each client address. The preview has none: it is where a release is put under load on purpose,
 * by people who were let in.
 *
 * Traps:
 * - This controller has no allow-list annotation. Access is a `Policy` of its own API, named by `nginx.org/policies`: its CRDs must be
 *   installed, and a controller before 5.4, which takes no policies on an Ingress, would leave the preview open. Before 5.5 it ignores
 *   the security headers.
 * - It sees clients' addresses only if the load balancer hands them on; TLS versions, header sizes and the time that a worker has to
 *   drain are settings of the controller and not of an Ingress. docs/traffic.md is the contract.
 */
export class IngressRouter extends StackComponent implements TrafficRouter {
  readonly active: ColourName;
  readonly public: Route;
  readonly preview: Route | undefined;

  constructor(name: string, args: IngressRouterArgs, options?: ComponentResourceOptions) {
    super("traffic", name, options);
    refuseConflicts(`IngressRouter ${name}`, trafficConflicts(args));

    this.active = args.active;
    this.public = args.public;
    this.preview = args.preview;
    this.createIngress(args, "public", args.service, args.public, rateLimitAnnotations(args.rateLimit));
    if (args.preview !== undefined) this.createPreview(args, args.preview);

    this.registerOutputs({ active: this.active });
  }

  private createPreview(args: IngressRouterArgs, route: Route): void {
    const preview = `${args.service}-preview`;
    const cidrs = args.previewAllowedCidrs ?? [];
    if (cidrs.length === 0) {
      this.createIngress(args, "preview", preview, route);
      return;
    }
    const policy = new CustomResource(
      `${this.name}-preview-access`,
      {
        apiVersion: "k8s.nginx.org/v1",
        kind: "Policy",
        metadata: { name: preview, namespace: args.namespace.namespace, labels: this.labels(preview) },
        spec: { ingressClassName: args.ingressClass, accessControl: { allow: [...cidrs] } },
      },
      this.child({ dependsOn: [args.namespace.resource] }),
    );
    this.createIngress(args, "preview", preview, route, { "nginx.org/policies": preview }, [policy]);
  }

  private createIngress(
    args: IngressRouterArgs,
    suffix: "public" | "preview",
    ingress: string,
    { host, service, port }: Route,
    annotations: Readonly<Record<string, string>> = {},
    after: readonly CustomResource[] = [],
  ): void {
    new Ingress(
      `${this.name}-${suffix}`,
      {
        metadata: {
          name: ingress,
          namespace: args.namespace.namespace,
          labels: this.labels(ingress),
          annotations: {
            ...routeAnnotations(effectiveLimits(args.limits, args.behind.longestRequest)),
            ...annotations,
          },
        },
        spec: {
          ingressClassName: args.ingressClass,
          tls: [{ hosts: [host], secretName: args.tlsSecret }],
          rules: [
            {
              host,
              http: {
                paths: [
                  { path: "/", pathType: "Prefix", backend: { service: { name: service, port: { number: port } } } },
                ],
              },
            },
          ],
        },
      },
      this.child({ dependsOn: [args.namespace.resource, ...after] }),
    );
  }

  private labels(instance: string) {
    return standardLabels({ name: "traffic", instance, component: "route" });
  }
}
