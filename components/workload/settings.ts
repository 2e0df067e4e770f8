import type { Bytes, Cpu, Duration } from "../core/units";

/** The two colours of a released service. */
export const colours = ["blue", "green"] as const;
export type ColourName = (typeof colours)[number];

export function otherColour(colour: ColourName): ColourName {
  return colour === "blue" ? "green" : "blue";
}

/** What one container may use. */
export interface Resources {
  readonly cpu: Cpu;
  readonly memory: Bytes;
}

/** How often a probe asks, how long it waits, and how many failures in a row count as one. */
export interface Probe {
  readonly period: Duration;
  readonly timeout: Duration;
  readonly failures: number;
}

interface Autoscaling {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Mean usage over all pods, in per cent of the request. */
  readonly cpuTarget: number;
  /** Mean usage over all pods, in per cent of the request. */
  readonly memoryTarget: number;
}

/** One permission of a service on named objects of the Kubernetes API. */
export interface ApiPermission {
  /** `""` is the core group. */
  readonly apiGroup: string;
  readonly resource: string;
  /** Never empty: a permission without names is one on every object of the kind. */
  readonly names: readonly string[];
  readonly verbs: readonly string[];
}

/** How one service runs. Every default is in infra/config-schema.ts, where the spec's numbers stand. */
export interface ServiceSettings {
  readonly port: number;
  readonly metricsPort: number;
  readonly resources: { readonly requests: Resources; readonly limits: Resources };
  /** @default none: the autoscaler decides */
  readonly replicas?: number | undefined;
  readonly autoscaling: Autoscaling;
  /** Pods that a drain or an eviction must leave running. */
  readonly minAvailable: number;
  readonly probes: {
    readonly path: string;
    readonly startup: Probe;
    readonly readiness: Probe;
    readonly liveness: Probe;
  };
  readonly shutdown: {
    /** Between the pod's removal from the endpoints and SIGTERM, so that every proxy has heard of it. */
    readonly preStop: Duration;
    /** The longest answer that must not be cut off. */
    readonly longestRequest: Duration;
    /** From the removal to SIGKILL. */
    readonly gracePeriod: Duration;
  };
  /** How long new pods may take to become ready; then the deployment fails and names what holds them. */
  readonly rolloutTimeout: Duration;
  readonly runAsUser: number;
  /** Of the only writable folder, /tmp. */
  readonly tmpSize: Bytes;
  readonly apiAccess: readonly ApiPermission[];
}
