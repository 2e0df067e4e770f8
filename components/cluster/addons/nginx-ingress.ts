import { type Duration, seconds } from "../../core/units";
import { apiServerEdge, probeEdges } from "../../security/cluster-edges";
import { type NetworkEndpoint, type PodEndpoint, tcp } from "../../security/network-edges";
import { type Addon, type AddonArgs, type ChartValues, PRIORITY_CLASS, resources, scraped, spread } from "./addon";

/** A load balancer that the cluster's own cloud controller makes of a Service; clients' addresses arrive as they are. */
interface PlainLoadBalancer {
  readonly kind: "plain";
}

/** A Network Load Balancer, made by the AWS Load Balancer Controller. */
interface NetworkLoadBalancer {
  readonly kind: "aws-nlb";
  /** Who can reach it: everybody, or the VPC and what is connected to it. */
  readonly scheme: "internet-facing" | "internal";
  /** The networks of its subnets, from which it opens its connections. */
  readonly subnets: readonly string[];
}

export interface NginxIngressArgs extends AddonArgs {
  /** The controller's pods: their namespace is where it is installed. */
  readonly controller: PodEndpoint;
  readonly ingressClass: string;
  readonly loadBalancer: PlainLoadBalancer | NetworkLoadBalancer;
  /** The namespaces whose Ingresses and certificates it reads. */
  readonly namespaces: readonly string[];
  /** The longest that a request may take: a proxy that goes away finishes it. */
  readonly longestRequest: Duration;
  /** The largest body of a request, as NGINX writes it. @default 1m */
  readonly maxBodySize?: string;
}

/** The keys of the chart that we set. */
interface NginxIngressValues extends ChartValues {
  readonly controller: {
    readonly replicaCount: number;
    readonly ingressClass: { readonly name: string; readonly create: true; readonly setAsDefaultIngress: false };
    readonly watchNamespace: string;
    readonly enableSnippets: false;
    readonly enableCustomResources: true;
    readonly telemetryReporting: { readonly enable: false };
    readonly nginxStatus: { readonly enable: false };
    readonly readOnlyRootFilesystem: true;
    readonly podSecurityContext: ChartValues;
    readonly priorityClassName: string;
    readonly resources: ChartValues;
    readonly topologySpreadConstraints: readonly ChartValues[];
    readonly strategy: ChartValues;
    readonly podDisruptionBudget: { readonly enabled: true; readonly maxUnavailable: number };
    readonly lifecycle: ChartValues;
    readonly terminationGracePeriodSeconds: number;
    readonly service: ChartValues;
    readonly config: { readonly entries: Readonly<Record<string, string>> };
  };
  readonly prometheus: {
    readonly create: true;
    readonly service: { readonly create: boolean };
    readonly serviceMonitor: { readonly create: boolean };
  };
}

/**
 * How long a proxy that is told to stop goes on taking connections (seconds): a load balancer takes that long to notice, an NLB up
 * to two minutes.
 */
const DRAIN = { plain: 20, "aws-nlb": 120 } as const;

/** What a request that is being answered is given beyond the longest one (seconds). */
const SHUTDOWN_MARGIN = 15;

/** TLS 1.2's ciphers with forward secrecy and authenticated encryption; all of TLS 1.3's are. Mozilla's list "intermediate", without DHE. */
const CIPHERS = [
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
];

/** Where NGINX has a directive that the controller has no key for. These come from us and not from an Ingress. */
const HTTP_DIRECTIVES = [
  // Slow clients hold no connection for long, and no header is larger than any of ours.
  "client_header_timeout 10s;",
  "client_body_timeout 10s;",
  "large_client_header_buffers 4 8k;",
  "reset_timedout_connection on;",
];

/**
 * F5's NGINX Ingress Controller behind a load balancer of the transport layer: TLS ends here, and only here.
 *
 * Why these values:
 * - TLS 1.2 at least; TLS 1.3 wins wherever the client has it. With nothing weak in the list, the client picks what it is fastest at.
 * - Snippets are off: they would let anybody who may write an Ingress write NGINX configuration, and read every certificate.
 * - It watches the given namespaces only, so it serves nobody else's Ingresses. A stack that shares the cluster adds its own.
 * - A proxy that stops goes on serving until the load balancer has noticed, then finishes what it is answering. A reload (every change
 *   of a route) lets old workers finish as well; it closes idle connections at once, which clients have to take as usual in HTTP.
 * - What differs from route to route (timeouts, limits, connections that are kept) is said at the route; these are the outer bounds. Kept
 *   connections belong to one colour's pods: after a cutover none of them leads to the old colour.
 * - An NLB hands the client's address on by the proxy protocol, which is the only way that survives its own addresses; its health checks go
 *   to the readiness port, which speaks plain HTTP.
 * - Telemetry to the vendor and the status page are off. The root file system is read-only; the pods pass `restricted`: the one
 *   capability they add is the one it allows, to bind ports below 1024.
 *
 * Traps:
 * - The chart's CRDs stand in its `crds/` folder: Helm installs them once and never again. `npm run -s charts -- crds` prints those of
 *   the pinned version, to be applied before an upgrade.
 * - The chart's schema refers to a file on the Internet, so the machine that runs the engine has to reach raw.githubusercontent.com.
 */
export function nginxIngress(args: NginxIngressArgs): Addon {
  const { controller, network, serviceMonitors, loadBalancer } = args;
  const drain = DRAIN[loadBalancer.kind];
  const shutdown = seconds(args.longestRequest) + SHUTDOWN_MARGIN;
  const values: NginxIngressValues = {
    controller: {
      replicaCount: 3,
      ingressClass: { name: args.ingressClass, create: true, setAsDefaultIngress: false },
      watchNamespace: args.namespaces.join(","),
      enableSnippets: false,
      enableCustomResources: true,
      telemetryReporting: { enable: false },
      nginxStatus: { enable: false },
      readOnlyRootFilesystem: true,
      podSecurityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
      priorityClassName: PRIORITY_CLASS,
      resources: resources("200m", "256Mi", "1Gi"),
      topologySpreadConstraints: spread(controller.labels),
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      podDisruptionBudget: { enabled: true, maxUnavailable: 1 },
      // The kubelet sleeps, so the image needs no shell.
      lifecycle: { preStop: { sleep: { seconds: drain } } },
      terminationGracePeriodSeconds: drain + shutdown,
      service: serviceValues(loadBalancer),
      config: { entries: configuration(args, shutdown) },
    },
    prometheus: { create: true, service: { create: serviceMonitors }, serviceMonitor: { create: serviceMonitors } },
  };
  return {
    name: "nginx-ingress",
    namespace: controller.namespace,
    values,
    needs: [],
    edges: [
      apiServerEdge(controller, network),
      ...probeEdges(controller, [tcp(8081)], network),
      ...incoming(controller, loadBalancer),
      scraped(controller, 9113, args),
    ],
  };
}

function configuration(
  { loadBalancer, maxBodySize = "1m" }: NginxIngressArgs,
  shutdown: number,
): Readonly<Record<string, string>> {
  return {
    "ssl-protocols": "TLSv1.2 TLSv1.3",
    "ssl-ciphers": CIPHERS.join(":"),
    "ssl-prefer-server-ciphers": "False",
    "ssl-redirect": "True",
    http2: "True",
    "server-tokens": "False",
    "client-max-body-size": maxBodySize,
    "keepalive-timeout": "75s",
    "keepalive-requests": "1000",
    "proxy-connect-timeout": "5s",
    "proxy-hide-headers": "X-Powered-By",
    "worker-shutdown-timeout": `${shutdown}s`,
    "default-server-access-log-off": "True",
    "http-snippets": HTTP_DIRECTIVES.join("\n"),
    ...(loadBalancer.kind === "plain"
      ? {}
      : {
          "proxy-protocol": "True",
          "real-ip-header": "proxy_protocol",
          "set-real-ip-from": loadBalancer.subnets.join(","),
        }),
  };
}

function serviceValues(loadBalancer: NginxIngressArgs["loadBalancer"]): ChartValues {
  // Local: no second hop, and the client's address stays what it is.
  const base = { type: "LoadBalancer", externalTrafficPolicy: "Local" };
  if (loadBalancer.kind === "plain") return base;
  const prefix = "service.beta.kubernetes.io/aws-load-balancer";
  return {
    ...base,
    annotations: {
      [`${prefix}-type`]: "external",
      [`${prefix}-nlb-target-type`]: "ip",
      [`${prefix}-scheme`]: loadBalancer.scheme,
      [`${prefix}-proxy-protocol`]: "*",
      [`${prefix}-attributes`]: "load_balancing.cross_zone.enabled=true",
      [`${prefix}-target-group-attributes`]: `preserve_client_ip.enabled=false,deregistration_delay.timeout_seconds=${DRAIN["aws-nlb"]}`,
      [`${prefix}-healthcheck-protocol`]: "http",
      [`${prefix}-healthcheck-port`]: "8081",
      [`${prefix}-healthcheck-path`]: "/nginx-ready",
      [`${prefix}-healthcheck-interval`]: "10",
      [`${prefix}-healthcheck-healthy-threshold`]: "2",
      [`${prefix}-healthcheck-unhealthy-threshold`]: "2",
    },
  };
}

function incoming(to: PodEndpoint, loadBalancer: NginxIngressArgs["loadBalancer"]) {
  const why = "requests of clients";
  if (loadBalancer.kind === "plain") {
    const clients: NetworkEndpoint = { kind: "networks", name: "clients", cidrs: ["0.0.0.0/0"] };
    return [{ from: clients, to, ports: [tcp(80), tcp(443)], why }];
  }
  const balancer: NetworkEndpoint = { kind: "networks", name: "load balancer", cidrs: loadBalancer.subnets };
  return [
    { from: balancer, to, ports: [tcp(80), tcp(443)], why },
    { from: balancer, to, ports: [tcp(8081)], why: "health checks" },
  ];
}
