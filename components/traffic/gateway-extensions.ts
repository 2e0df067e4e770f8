import type { Labels } from "../core/labels";
import { seconds } from "../core/units";
import type { Resources } from "../workload/settings";
import { nginxSize, nginxTime } from "./nginx-notation";
import type { EffectiveLimits, RateLimit } from "./settings";

/** An object without its metadata. */
export interface ApiObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly spec: Readonly<Record<string, unknown>>;
}

/** What a pod of the proxy is sure of, and may use at most. NGINX Gateway Fabric runs nginx and its agent in one container. */
export const PROXY_RESOURCES: { readonly requests: Resources; readonly limits: Resources } = {
  requests: { cpu: "100m", memory: "128Mi" },
  limits: { cpu: "1", memory: "256Mi" },
};

/** So that the load balancer has taken a pod out before it stops taking connections (seconds). */
const PAUSE = 15;
/** For what nginx still does after the last answer (seconds). */
const MARGIN = 5;

/** Buffers for an answer; nginx refuses its whole configuration where they do not hold two headers' worth and one more. */
const RESPONSE_BUFFERS = 8;

export interface ProxyArgs {
  readonly gateway: string;
  readonly replicas: number;
  readonly limits: EffectiveLimits;
  /** @default none: the load balancer lets everyone in */
  readonly allowedCidrs?: readonly string[] | undefined;
}

/** The pods and the Service that NGINX Gateway Fabric makes for one Gateway. */
export function proxy({ gateway, replicas, limits, allowedCidrs = [] }: ProxyArgs): ApiObject {
  return {
    apiVersion: "gateway.nginx.org/v1alpha2",
    kind: "NginxProxy",
    spec: {
      kubernetes: {
        deployment: {
          replicas,
          podDisruptionBudget: { maxUnavailable: 1 },
          pod: {
            terminationGracePeriodSeconds: PAUSE + seconds(limits.readTimeout) + MARGIN,
            topologySpreadConstraints: [
              {
                maxSkew: 1,
                topologyKey: "kubernetes.io/hostname",
                whenUnsatisfiable: "ScheduleAnyway",
                labelSelector: { matchLabels: { ...gatewayPods(gateway) } },
              },
            ],
          },
          container: {
            resources: { requests: { ...PROXY_RESOURCES.requests }, limits: { ...PROXY_RESOURCES.limits } },
            lifecycle: { preStop: { sleep: { seconds: PAUSE } } },
          },
        },
        service: {
          type: "LoadBalancer",
          // Clients keep their addresses: the rate limit counts by them, the network policies judge by them.
          externalTrafficPolicy: "Local",
          ...(allowedCidrs.length === 0 ? {} : { loadBalancerSourceRanges: [...allowedCidrs] }),
        },
      },
    },
  };
}

/** What selects the pods that serve a Gateway. */
export function gatewayPods(gateway: string): Labels {
  return { "gateway.networking.k8s.io/gateway-name": gateway };
}

const target = (gateway: string) => ({ group: "gateway.networking.k8s.io", kind: "Gateway", name: gateway });

export function clientSettings(gateway: string, limits: EffectiveLimits): ApiObject {
  return {
    apiVersion: "gateway.nginx.org/v1alpha1",
    kind: "ClientSettingsPolicy",
    spec: { targetRef: target(gateway), body: { maxSize: nginxSize(limits.requestBody) } },
  };
}

/** Instead of an HTTPRoute's `timeouts`, which NGINX Gateway Fabric leaves aside. */
export function proxySettings(gateways: readonly string[], limits: EffectiveLimits): ApiObject {
  const headers = nginxSize(limits.responseHeaders);
  return {
    apiVersion: "gateway.nginx.org/v1alpha1",
    kind: "ProxySettingsPolicy",
    spec: {
      targetRefs: gateways.map(target),
      buffering: { bufferSize: headers, buffers: { number: RESPONSE_BUFFERS, size: headers } },
      timeout: {
        connect: nginxTime(limits.connectTimeout),
        send: nginxTime(limits.sendTimeout),
        read: nginxTime(limits.readTimeout),
      },
    },
  };
}

export function rateLimitPolicy(gateway: string, { requestsPerSecond, burst }: RateLimit): ApiObject {
  return {
    apiVersion: "gateway.nginx.org/v1alpha1",
    kind: "RateLimitPolicy",
    spec: {
      targetRefs: [target(gateway)],
      rateLimit: {
        rejectCode: 429,
        local: {
          rules: [
            {
              key: "$binary_remote_addr",
              zoneSize: "10m",
              rate: `${requestsPerSecond}r/s`,
              burst,
              // Within the burst a request is answered at once and not queued: a queue would look like a slow service.
              noDelay: true,
            },
          ],
        },
      },
    },
  };
}

export function upstreamSettings(service: string, limits: EffectiveLimits): ApiObject {
  return {
    apiVersion: "gateway.nginx.org/v1alpha1",
    kind: "UpstreamSettingsPolicy",
    spec: {
      targetRefs: [{ group: "core", kind: "Service", name: service }],
      keepAlive: { connections: limits.upstreamConnections },
    },
  };
}
