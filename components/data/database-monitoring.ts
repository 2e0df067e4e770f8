import { readFileSync } from "node:fs";
import { join } from "node:path";

import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import type { ComponentResourceOptions } from "@pulumi/pulumi";
import { parse } from "yaml";

import { type Labels, standardLabels } from "../core/labels";
import { StackComponent } from "../core/stack-component";
import type { OwnedNamespace } from "../security/network-policies";
import type { TrustedCa } from "../workload/pod";
import { serverLabels } from "./cluster-spec";

export interface DatabaseMonitoringArgs {
  readonly namespace: OwnedNamespace;
  readonly cluster: string;
  readonly trustedCa: TrustedCa;
}

/** A data file, so that promtool and people read it as it is. */
const ALERTS = join(__dirname, "database-alerts.yaml");

/**
 * What Prometheus reads of the database and of its poolers, over TLS, and the alerts on the volume of the log and on backups.
 *
 * The monitors are our own: CloudNativePG's switch for them is deprecated, and would be gone with an upgrade.
 */
export class DatabaseMonitoring extends StackComponent {
  constructor(name: string, args: DatabaseMonitoringArgs, options?: ComponentResourceOptions) {
    super("data", name, options);

    this.createMonitor(args, "servers", serverLabels(args.cluster));
    this.createMonitor(args, "poolers", { "cnpg.io/cluster": args.cluster, "cnpg.io/podRole": "pooler" });
    this.createAlerts(args);

    this.registerOutputs({});
  }

  private createMonitor(
    { namespace, cluster, trustedCa }: DatabaseMonitoringArgs,
    what: string,
    podLabels: Labels,
  ): void {
    new CustomResource(
      `${this.name}-${what}`,
      {
        apiVersion: "monitoring.coreos.com/v1",
        kind: "PodMonitor",
        metadata: {
          name: `${cluster}-${what}`,
          namespace: namespace.namespace,
          labels: standardLabels({ name: cluster, component: "monitoring" }),
        },
        spec: {
          selector: { matchLabels: { ...podLabels } },
          podMetricsEndpoints: [
            {
              port: "metrics",
              scheme: "https",
              tlsConfig: {
                ca: { secret: { name: trustedCa.secretName, key: trustedCa.key } },
                // Prometheus calls pods by their address; the certificate has the names of Services.
                serverName: `${cluster}-rw`,
              },
            },
          ],
        },
      },
      this.child({ dependsOn: [namespace.resource] }),
    );
  }

  private createAlerts({ namespace, cluster }: DatabaseMonitoringArgs): void {
    new CustomResource(
      `${this.name}-alerts`,
      {
        apiVersion: "monitoring.coreos.com/v1",
        kind: "PrometheusRule",
        metadata: {
          name: `${cluster}-alerts`,
          namespace: namespace.namespace,
          labels: standardLabels({ name: cluster, component: "monitoring" }),
        },
        spec: parse(readFileSync(ALERTS, "utf8")) as object,
      },
      this.child({ dependsOn: [namespace.resource] }),
    );
  }
}
