import { type ClusterNetwork, podIdentityAgent } from "../../security/cluster-edges";
import { type Edge, type PodEndpoint, prometheus, tcp } from "../../security/network-edges";
import type { Bytes, Cpu, Duration } from "../../core/units";
import type { AddonName } from "./charts";

/** What every add-on is told. */
export interface AddonArgs {
  readonly network: ClusterNetwork;
  /** Whether pods get their cloud identity from the Pod Identity agent of EKS. */
  readonly podIdentity: boolean;
  /** Where Prometheus is. */
  readonly monitoringNamespace: string;
  /** Whether charts make ServiceMonitors, which needs the CRDs of the Prometheus Operator. */
  readonly serviceMonitors: boolean;
}

/** Values of a chart: plain data that is known when the program runs. No secret and no output can stand here. */
export interface ChartValues {
  readonly [key: string]: ChartValue;
}
type ChartValue = string | number | boolean | readonly ChartValue[] | ChartValues;

/** An operator or controller of the platform, as plain data: what is installed, and who may talk to it. */
export interface Addon {
  /** Its name, its chart's name, and the fixed name of the release. */
  readonly name: AddonName;
  readonly namespace: string;
  readonly values: ChartValues;
  /** Every way over the network into and out of its namespace, but for name resolution and what whoever uses it adds. */
  readonly edges: readonly Edge[];
  /** What has to be ready before it, where we install that. */
  readonly needs: readonly AddonName[];
}

/** How long a release may take to become ready, or to be rolled back. */
export const RELEASE_TIMEOUT: Duration = "10 minutes";

/** Evicted last: without webhooks and controllers nothing else of the cluster can be put right. */
export const PRIORITY_CLASS = "system-cluster-critical";

/** Requests are what it takes at rest; memory is bounded, CPU is not: a throttled webhook is an outage of the API. */
export function resources(cpu: Cpu, memory: Bytes, memoryLimit: Bytes) {
  return { requests: { cpu, memory }, limits: { memory: memoryLimit } };
}

/** Spread over nodes and zones where that is possible; a small cluster still gets all replicas. */
export function spread(labels: Readonly<Record<string, string>>) {
  return ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: { ...labels } },
  }));
}

/** A chart's pods, as its standard labels tell them apart. */
export function pods(name: string, namespace: string, chartName: string, instance: string): PodEndpoint {
  return {
    kind: "pods",
    name,
    namespace,
    labels: { "app.kubernetes.io/name": chartName, "app.kubernetes.io/instance": instance },
  };
}

export function scraped(to: PodEndpoint, port: number, { monitoringNamespace }: AddonArgs): Edge {
  return { from: prometheus(monitoringNamespace), to, ports: [tcp(port)], why: "metrics" };
}

/** Credentials of the cloud, where the cluster hands them out by its agent. */
export function toCloudIdentity(from: PodEndpoint, { podIdentity }: AddonArgs): readonly Edge[] {
  return podIdentity ? [{ from, to: podIdentityAgent, ports: [tcp(80)], why: "AWS credentials" }] : [];
}
