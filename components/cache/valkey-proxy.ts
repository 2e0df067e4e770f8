import type { ComponentResourceOptions, Resource } from "@pulumi/pulumi";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment";
import { Service } from "@pulumi/kubernetes/core/v1/service";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget";

import { priorityClassName } from "../cluster/priority-classes";
import { standardLabels } from "../core/labels";
import { StackComponent } from "../core/stack-component";
import type { OwnedNamespace } from "../security/network-policies";
import type { DeliveredSecret, SecretDelivery } from "../security/secret-delivery";
import { withEphemeralStorage } from "../workload/ephemeral-storage";
import { ADDRESS, CERTIFICATE, names, ports, PROXIES, selectorOf, sideResources, topologyOf } from "./in-cluster-cache";
import { confined, podBasics, spread } from "./pod";
import { PROXY_HARD_STOP, proxyConfig } from "./proxy-config";
import type { CacheSettings } from "./settings";

export interface ValkeyProxyArgs {
  readonly namespace: OwnedNamespace;
  readonly settings: Pick<CacheSettings, "replicas" | "images">;
  readonly delivery: SecretDelivery;
  /** The servers' certificate, whose authority the proxy checks them with. */
  readonly certificate: Resource;
}

/** The user of the official image. */
const USER = { user: 10_001, group: 10_001 };

/** Until no node sends new connections any more (seconds). */
const LEAVING = 5;

/** Where the configuration and the authority are. */
const CONFIG = "/etc/haproxy";
const AUTHORITY = "/etc/valkey-ca";

/**
 * The address that clients call, `redis:6379`, which leads to whichever server is the primary: two HAProxy pods.
 *
 * The trap: ready means that the proxy runs, not that there is a primary. Otherwise every failover would take the proxies out of the Service
 * and clients would have to wait for them twice. That a new proxy finds the primary is what its startup probe asks.
 */
export class ValkeyProxy extends StackComponent {
  /** What clients wait for. */
  readonly deployment: Deployment;

  constructor(name: string, args: ValkeyProxyArgs, options?: ComponentResourceOptions) {
    super("cache", name, options);

    const account = this.createAccount(args);
    const config = this.createConfig(args);
    this.createService(args);
    this.createDisruptionBudget(args);
    this.deployment = this.createDeployment(args, config, [account, args.certificate]);

    this.registerOutputs({});
  }

  private createAccount(args: ValkeyProxyArgs): ServiceAccount {
    return new ServiceAccount(
      `${this.name}-account`,
      { metadata: this.metadata(args), automountServiceAccountToken: false },
      this.inNamespace(args),
    );
  }

  /** A Secret: the health check logs in. */
  private createConfig(args: ValkeyProxyArgs): DeliveredSecret {
    const { members } = topologyOf(args.namespace.namespace, args.settings);
    const config = proxyConfig({
      members,
      port: ADDRESS.port,
      metricsPort: ports.proxyMetrics,
      ca: `${AUTHORITY}/ca.crt`,
      resolve: true,
    });
    return args.delivery.deliver(
      `${this.name}-config`,
      { namespace: args.namespace, labels: this.labels(), data: { "haproxy.cfg": config } },
      this.child(),
    );
  }

  private createService(args: ValkeyProxyArgs): void {
    new Service(
      this.name,
      {
        metadata: { ...this.metadata(args), name: ADDRESS.host },
        spec: {
          type: "ClusterIP",
          selector: { ...selectorOf("proxy") },
          ports: [{ name: "redis", port: ADDRESS.port, targetPort: "redis", protocol: "TCP" }],
        },
      },
      this.inNamespace(args),
    );
  }

  private createDisruptionBudget(args: ValkeyProxyArgs): void {
    new PodDisruptionBudget(
      this.name,
      {
        metadata: this.metadata(args),
        spec: {
          minAvailable: PROXIES - 1,
          selector: { matchLabels: { ...selectorOf("proxy") } },
          unhealthyPodEvictionPolicy: "AlwaysAllow",
        },
      },
      this.inNamespace(args),
    );
  }

  private createDeployment(args: ValkeyProxyArgs, config: DeliveredSecret, after: readonly Resource[]): Deployment {
    const health = (path: string) => ({ httpGet: { path, port: "metrics" }, periodSeconds: 5, timeoutSeconds: 3 });
    return new Deployment(
      this.name,
      {
        metadata: this.metadata(args),
        spec: {
          replicas: PROXIES,
          selector: { matchLabels: { ...selectorOf("proxy") } },
          strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
          revisionHistoryLimit: 3,
          template: {
            metadata: { labels: { ...this.labels() } },
            spec: {
              ...podBasics(names.proxy, USER, priorityClassName(args.namespace.namespace, "data")),
              ...spread(selectorOf("proxy"), "pod-template-hash"),
              terminationGracePeriodSeconds: LEAVING + PROXY_HARD_STOP + 10,
              containers: [
                {
                  name: "haproxy",
                  image: args.settings.images.proxy,
                  imagePullPolicy: "IfNotPresent",
                  command: ["haproxy", "-W", "-db", "-f", `${CONFIG}/haproxy.cfg`],
                  ports: [
                    { name: "redis", containerPort: ADDRESS.port, protocol: "TCP" },
                    { name: "metrics", containerPort: ports.proxyMetrics, protocol: "TCP" },
                  ],
                  resources: withEphemeralStorage(sideResources.proxy),
                  securityContext: confined,
                  startupProbe: { ...health("/leads"), failureThreshold: 120 },
                  livenessProbe: { ...health("/live"), failureThreshold: 6 },
                  readinessProbe: { ...health("/live"), failureThreshold: 2 },
                  lifecycle: { preStop: { sleep: { seconds: LEAVING } } },
                  volumeMounts: [
                    { name: "config", mountPath: CONFIG, readOnly: true },
                    { name: "authority", mountPath: AUTHORITY, readOnly: true },
                  ],
                },
              ],
              volumes: [
                { name: "config", secret: { secretName: config.name, defaultMode: 0o440 } },
                // The authority alone: the servers' key is not for the proxy.
                {
                  name: "authority",
                  secret: {
                    secretName: CERTIFICATE,
                    defaultMode: 0o440,
                    items: [{ key: "ca.crt", path: "ca.crt" }],
                  },
                },
              ],
            },
          },
        },
      },
      {
        ...this.child({ dependsOn: [args.namespace.resource, ...after, config.resource] }),
        customTimeouts: { create: "15m", update: "15m" },
      },
    );
  }

  private inNamespace({ namespace }: ValkeyProxyArgs) {
    return this.child({ dependsOn: [namespace.resource] });
  }

  private metadata({ namespace }: ValkeyProxyArgs) {
    return { name: names.proxy, namespace: namespace.namespace, labels: this.labels() };
  }

  private labels() {
    return { ...standardLabels({ name: names.proxy, component: "cache" }) };
  }
}
