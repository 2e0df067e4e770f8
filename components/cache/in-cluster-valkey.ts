import type { ComponentResourceOptions, Resource } from "@pulumi/pulumi";
import { StatefulSet } from "@pulumi/kubernetes/apps/v1/statefulSet";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap";
import { Service } from "@pulumi/kubernetes/core/v1/service";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget";

import { standardLabels } from "../core/labels";
import { StackComponent } from "../core/stack-component";
import type { CertificateIssuer } from "../security/internal-ca";
import type { OwnedNamespace } from "../security/network-policies";
import type { DeliveredSecret, SecretDelivery } from "../security/secret-delivery";
import { serverCertificate, serviceDnsNames } from "../security/server-certificate";
import { exporterLogin, password, sentinelLogin, sentinelUsers, serverLogin, serverUsers } from "./access";
import { CacheSnapshots } from "./cache-snapshots";
import { ADDRESS, CERTIFICATE, names, ports, selectorOf, topologyOf } from "./in-cluster-cache";
import { planMemory } from "./memory";
import { scripts, serverScripts } from "./scripts";
import type { CacheSettings } from "./settings";
import { topologyFile } from "./topology";
import { sentinelConfig, valkeyConfig } from "./valkey-config";
import { valkeyPod } from "./valkey-pod";
import { ValkeyProxy } from "./valkey-proxy";

export interface InClusterValkeyArgs {
  readonly namespace: OwnedNamespace;
  readonly settings: CacheSettings;
  /** Where the servers' certificates come from. */
  readonly issuer: CertificateIssuer;
  readonly delivery: SecretDelivery;
}

/**
 * Valkey with one primary, its replicas, a Sentinel beside each and a proxy that leads clients to the primary.
 *
 * There is no marker of who was the primary: the Sentinels agree on it and remember it, and a server starts as what they say. A primary
 * that a majority of the servers does not follow takes no writes (ADR 8).
 *
 * Traps:
 * - Pods start in parallel: one after the other, the first would wait for ever for a majority of the Sentinels.
 * - Configuration and passwords are in objects without a fixed name, for the reason given at `WebService`: a change rolls the pods, the
 *   last one first, and each hands the primary's role over before it goes.
 * - The claims stay when the StatefulSet goes or shrinks. Their size cannot be changed through it: docs/runbooks/cache.md.
 *
 * @example new InClusterValkey("cache", { namespace, settings: config.cache, issuer, delivery }, options)
 */
export class InClusterValkey extends StackComponent {
  /** What clients wait for. */
  readonly proxy: ValkeyProxy;

  constructor(name: string, args: InClusterValkeyArgs, options?: ComponentResourceOptions) {
    super("cache", name, options);

    const account = this.createAccount(args);
    const certificate = this.createCertificate(args);
    const service = this.createGoverningService(args);
    const configMap = this.createConfigMap(args);
    const secret = this.createSecret(args);
    this.createDisruptionBudget(args);
    const servers = this.createServers(args, configMap, secret, [account, certificate, service]);
    this.proxy = new ValkeyProxy(`${name}-proxy`, { ...args, certificate }, this.child({ dependsOn: [servers] }));
    if (args.settings.snapshots !== undefined) {
      new CacheSnapshots(`${name}-snapshots`, { ...args, store: args.settings.snapshots, certificate }, this.child());
    }

    this.registerOutputs({});
  }

  private createAccount(args: InClusterValkeyArgs): ServiceAccount {
    return new ServiceAccount(
      `${this.name}-account`,
      { metadata: this.metadata(args, names.servers), automountServiceAccountToken: false },
      this.inNamespace(args),
    );
  }

  private createCertificate(args: InClusterValkeyArgs): Resource {
    const namespace = args.namespace.namespace;
    return serverCertificate(
      `${this.name}-certificate`,
      {
        ...args,
        secretName: CERTIFICATE,
        dnsNames: [
          ...serviceDnsNames(ADDRESS.host, namespace),
          ...topologyOf(namespace, args.settings).members,
          // The exporter, in the same pod.
          "localhost",
        ],
        labels: this.labels(),
      },
      this.child(),
    );
  }

  /** What gives every pod its name, also before it is ready: how else would the first ones find each other? */
  private createGoverningService(args: InClusterValkeyArgs): Service {
    return new Service(
      `${this.name}-servers`,
      {
        metadata: this.metadata(args, names.servers),
        spec: {
          clusterIP: "None",
          publishNotReadyAddresses: true,
          selector: { ...selectorOf("servers") },
          ports: [
            { name: "valkey", port: ports.valkey, targetPort: "valkey", protocol: "TCP" },
            { name: "sentinel", port: ports.sentinel, targetPort: "sentinel", protocol: "TCP" },
          ],
        },
      },
      this.inNamespace(args),
    );
  }

  private createConfigMap(args: InClusterValkeyArgs): ConfigMap {
    const { settings } = args;
    const topology = topologyOf(args.namespace.namespace, settings);
    const memory = planMemory(settings.resources.limits.memory, settings.replicas);
    return new ConfigMap(
      `${this.name}-config`,
      {
        metadata: this.metadata(args),
        data: {
          "topology.env": topologyFile(topology),
          "valkey.conf": valkeyConfig({ topology, memory, engine: "valkey" }),
          "sentinel.conf": sentinelConfig({ topology, engine: "valkey" }),
          ...scripts(serverScripts),
        },
      },
      this.inNamespace(args),
    );
  }

  private createSecret(args: InClusterValkeyArgs): DeliveredSecret {
    return args.delivery.deliver(
      `${this.name}-secrets`,
      {
        namespace: args.namespace,
        labels: this.labels(),
        data: {
          "users.acl": serverUsers(),
          "sentinel-users.acl": sentinelUsers(),
          "valkey-secrets.conf": serverLogin(),
          "sentinel-secrets.conf": sentinelLogin(),
          "exporter.json": exporterLogin(`rediss://localhost:${ports.valkey}`),
          probe: password("probe"),
          sentinel: password("sentinel"),
        },
      },
      this.child(),
    );
  }

  /** One at a time, and a pod that is not well protects nothing: a drain is never held up for ever. */
  private createDisruptionBudget(args: InClusterValkeyArgs): void {
    new PodDisruptionBudget(
      `${this.name}-servers`,
      {
        metadata: this.metadata(args, names.servers),
        spec: {
          maxUnavailable: 1,
          selector: { matchLabels: { ...selectorOf("servers") } },
          unhealthyPodEvictionPolicy: "AlwaysAllow",
        },
      },
      this.inNamespace(args),
    );
  }

  private createServers(
    args: InClusterValkeyArgs,
    configMap: ConfigMap,
    secret: DeliveredSecret,
    after: readonly Resource[],
  ): StatefulSet {
    const { settings } = args;
    return new StatefulSet(
      `${this.name}-servers`,
      {
        metadata: this.metadata(args, names.servers),
        spec: {
          serviceName: names.servers,
          replicas: 1 + settings.replicas,
          podManagementPolicy: "Parallel",
          updateStrategy: { type: "RollingUpdate" },
          // A replica that is ready follows its primary; the Sentinels hear of it a moment later.
          minReadySeconds: 5,
          revisionHistoryLimit: 3,
          selector: { matchLabels: { ...selectorOf("servers") } },
          template: valkeyPod({
            namespace: args.namespace.namespace,
            settings,
            labels: this.labels(),
            configMap: configMap.metadata.name,
            secret: secret.name,
          }),
          persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
          volumeClaimTemplates: [
            {
              metadata: { name: "data", labels: { ...this.labels() } },
              spec: {
                accessModes: ["ReadWriteOnce"],
                storageClassName: settings.storageClass,
                resources: { requests: { storage: settings.storage } },
              },
            },
          ],
        },
      },
      {
        ...this.child({ dependsOn: [args.namespace.resource, ...after, secret.resource] }),
        protect: settings.protect,
        customTimeouts: { create: "15m", update: "15m" },
      },
    );
  }

  private inNamespace({ namespace }: InClusterValkeyArgs) {
    return this.child({ dependsOn: [namespace.resource] });
  }

  private metadata({ namespace }: InClusterValkeyArgs, name?: string) {
    return { ...(name === undefined ? {} : { name }), namespace: namespace.namespace, labels: this.labels() };
  }

  private labels() {
    return { ...standardLabels({ name: names.servers, component: "cache" }) };
  }
}
