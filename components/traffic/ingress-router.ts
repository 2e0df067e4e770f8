import type { ComponentResourceOptions } from "@pulumi/pulumi";
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import { Ingress } from "@pulumi/kubernetes/networking/v1/ingress";

import { standardLabels } from "../core/labels";
import { StackComponent } from "../core/stack-component";
import { type Duration, seconds } from "../core/units";
import type { AppNamespace } from "../security/app-namespace";
import type { ColourName } from "../workload/settings";
import type { Route, TrafficRouter } from "./traffic-router";

export interface IngressRouterArgs {
  readonly namespace: AppNamespace;
  /** The service whose colours are routed; also the name of the public Ingress (spec 004). */
  readonly service: string;
  readonly active: ColourName;
  readonly public: Route;
  /** @default none: there is no idle colour, and no way to it */
  readonly preview?: Route | undefined;
  readonly ingressClass: string;
  /** The Secret with the certificate of both hosts. */
  readonly tlsSecret: string;
  /**
   * Who may reach the preview, as networks in CIDR notation.
   *
   * @default nobody is kept out; config allows that for local stacks only
   */
  readonly previewAllowedCidrs?: readonly string[];
  /** The proxy waits longer than this for an answer. */
  readonly longestRequest: Duration;
}

/** How much longer the proxy waits than the service may take (seconds): the service's own error should win. */
const PROXY_MARGIN = 5;

/** One year, the least that browsers' preload lists take (seconds). */
const HSTS_MAX_AGE = 31_536_000;

/**
 * Routes by Ingress, for the F5 NGINX Ingress Controller (`nginx.org/…` annotations; ingress-nginx knows none of these).
 *
 * The public host leads to the active colour's Service and the preview host to the idle one's, so the proxy that will serve
 * the idle colour already knows it before the switch. These are two Ingress objects and not one, because annotations hold for a
 * whole object: the preview is restricted to the operators' networks, the public host is not. A flip changes these two and nothing
 * else, and needs no order between them, as they share no host.
 *
 * Traps:
 * - This controller has no allow-list annotation. Access is a `Policy` of its own API, named by `nginx.org/policies`: its CRDs must be
 *   installed, and a controller before 5.4, which takes no policies on an Ingress, would leave the preview open.
 * - It sees clients' addresses only if the load balancer hands them on (proxy protocol).
 * - Accepted TLS versions are a setting of the controller and not of an Ingress.
 */
export class IngressRouter extends StackComponent implements TrafficRouter {
  readonly active: ColourName;
  readonly public: Route;
  readonly preview: Route | undefined;

  constructor(name: string, args: IngressRouterArgs, options?: ComponentResourceOptions) {
    super("traffic", name, options);

    this.active = args.active;
    this.public = args.public;
    this.preview = args.preview;
    this.createIngress(args, "public", args.service, args.public);
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
            "nginx.org/ssl-redirect": "true",
            "nginx.org/hsts": "true",
            "nginx.org/hsts-max-age": String(HSTS_MAX_AGE),
            "nginx.org/proxy-connect-timeout": "5s",
            "nginx.org/proxy-read-timeout": `${seconds(args.longestRequest) + PROXY_MARGIN}s`,
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
