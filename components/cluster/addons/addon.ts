import { type Edge, type NetworkEndpoint, type PodEndpoint, prometheus, tcp } from "../../security/network-edges";
import type { Bytes, Cpu, Duration } from "../../core/units";
import type { AddonName } from "./charts";

/** What is known of the cluster's network; policies cannot name what is no pod. */
export interface ClusterNetwork {
  /** The addresses of the API server, from which it also calls webhooks (CIDR notation). */
  readonly apiServer: readonly string[];
  /** The addresses of the nodes (CIDR notation). */
  readonly nodes: readonly string[];
  /** Whether pods get their cloud identity from the Pod Identity agent of EKS. */
  readonly podIdentity: boolean;
  /** Where Prometheus is. */
  readonly monitoringNamespace: string;
}

/** What every add-on is told. */
export interface AddonArgs {
  readonly network: ClusterNetwork;
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
  /** Every way over the network into and out of its namespace, but those that whoever uses it adds. */
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

/**
 * The API server. The Service `kubernetes` is translated to the server's own addresses before a policy is evaluated, which is
 * why these are what has to be permitted, at the port that it really listens on: 443 on managed clusters, 6443 elsewhere.
 */
export function apiServer({ apiServer: cidrs }: ClusterNetwork): NetworkEndpoint {
  return { kind: "networks", name: "API server", cidrs };
}

/** The agent that hands pods their AWS credentials; a link-local address on every node. */
const podIdentityAgent: NetworkEndpoint = {
  kind: "networks",
  name: "Pod Identity agent",
  cidrs: ["169.254.170.23/32"],
};

export function toApiServer(from: PodEndpoint, network: ClusterNetwork): Edge {
  return { from, to: apiServer(network), ports: [tcp(443), tcp(6443)], why: "watches and writes objects" };
}

export function fromApiServer(to: PodEndpoint, port: number, network: ClusterNetwork, why: string): Edge {
  return { from: apiServer(network), to, ports: [tcp(port)], why };
}

export function scraped(to: PodEndpoint, port: number, network: ClusterNetwork): Edge {
  return { from: prometheus(network.monitoringNamespace), to, ports: [tcp(port)], why: "metrics" };
}

/** Credentials of the cloud, where the cluster hands them out by its agent. */
export function toCloudIdentity(from: PodEndpoint, network: ClusterNetwork): readonly Edge[] {
  return network.podIdentity ? [{ from, to: podIdentityAgent, ports: [tcp(80)], why: "AWS credentials" }] : [];
}
