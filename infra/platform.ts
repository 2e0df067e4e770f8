import type { ComponentResourceOptions } from "@pulumi/pulumi";

import type { Addon, AddonArgs } from "../components/cluster/addons/addon";
import { barmanCloud } from "../components/cluster/addons/barman-cloud";
import { certManager } from "../components/cluster/addons/cert-manager";
import { cloudNativePg } from "../components/cluster/addons/cloudnative-pg";
import { externalSecrets } from "../components/cluster/addons/external-secrets";
import { metricsServer } from "../components/cluster/addons/metrics-server";
import { nginxIngress } from "../components/cluster/addons/nginx-ingress";
import { PlatformAddons } from "../components/cluster/platform-addons";
import { StorageClasses } from "../components/cluster/storage-classes";
import { type Edge, internet, type PodEndpoint } from "../components/security/network-edges";
import { effectiveLimits } from "../components/traffic/settings";
import type { StackConfig } from "./config";
import { RELEASED_SERVICE } from "./config/service";

/** The ingress controller, as the configuration says where it is. */
export function ingressController({ traffic }: StackConfig): PodEndpoint {
  return {
    kind: "pods",
    name: "NGINX ingress controller",
    namespace: traffic.controllerNamespace,
    labels: traffic.controllerLabels,
  };
}

/** The add-ons that are switched on. */
export function describePlatform(config: StackConfig): readonly Addon[] {
  const { platform, namespace, network, monitoring, traffic, services } = config;
  const args: AddonArgs = {
    network,
    podIdentity: platform.podIdentity,
    monitoringNamespace: monitoring.namespace,
    serviceMonitors: platform.serviceMonitors,
  };
  const { store } = platform.externalSecrets;
  const all: readonly (readonly [{ readonly enabled: boolean }, () => Addon])[] = [
    [platform.certManager, () => certManager({ ...args, acme: config.tls.issuer === "acme" })],
    [platform.cloudnativePg, () => cloudNativePg(args)],
    [platform.barmanCloud, () => barmanCloud(args)],
    [
      platform.externalSecrets,
      () =>
        externalSecrets({
          ...args,
          store: store.length > 0 ? { kind: "networks", name: "secret store", cidrs: store } : internet,
        }),
    ],
    [
      platform.nginxIngress,
      () =>
        nginxIngress({
          ...args,
          controller: ingressController(config),
          ingressClass: traffic.ingressClass,
          loadBalancer: platform.nginxIngress.loadBalancer,
          namespaces: [namespace, monitoring.namespace],
          // What it waits for, it also finishes.
          longestRequest: effectiveLimits(traffic.limits, services[RELEASED_SERVICE].shutdown.longestRequest)
            .readTimeout,
          maxBodySize: platform.nginxIngress.maxBodySize,
        }),
    ],
    [platform.metricsServer, () => metricsServer({ ...args, ...platform.metricsServer })],
  ];
  return all.flatMap(([{ enabled }, describe]) => (enabled ? [describe()] : []));
}

/** The add-ons themselves, and the storage that they and the data stand on. */
export function createPlatform(
  { platform, storage }: StackConfig,
  { addons, edges }: { readonly addons: readonly Addon[]; readonly edges: readonly Edge[] },
  options: ComponentResourceOptions,
): PlatformAddons {
  if (storage.class.create) new StorageClasses("storage", storage.class, options);
  return new PlatformAddons("platform", { addons, edges, adopt: platform.adopt }, options);
}
