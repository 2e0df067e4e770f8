import type { Input } from "@pulumi/pulumi";
import type { types } from "@pulumi/kubernetes";

import { priorityClassName } from "../cluster/priority-classes";
import type { Labels } from "../core/labels";
import { withEphemeralStorage } from "../workload/ephemeral-storage";
import { users } from "./access";
import { CERTIFICATE, governed, names, paths, ports, selectorOf, sideResources } from "./in-cluster-cache";
import { confined, podBasics, spread } from "./pod";
import type { CacheSettings } from "./settings";

type Container = types.input.core.v1.Container;
type Probe = types.input.core.v1.Probe;
type VolumeMount = types.input.core.v1.VolumeMount;

export interface ValkeyPodArgs {
  readonly namespace: string;
  readonly settings: CacheSettings;
  readonly labels: Labels;
  readonly configMap: Input<string>;
  readonly secret: Input<string>;
}

/** The user of the official image (Alpine). */
const USER = { user: 10_001, group: 10_001 };

/** hand-over.sh takes 5 s and 12 s at most, the server's own shutdown 5 s and a last write to disk (seconds). */
const GRACE = 60;

/** How long a server may wait for a majority of the Sentinels, or read its log, until it is started again (seconds). */
const STARTUP = 600;

/**
 * A server with its Sentinel and its exporter. The Sentinel is in the server's pod and not in one of its own: so whoever is cut off from the
 * other pods is cut off with its vote. A majority of the Sentinels then always is where a majority of the servers is, and
 * no failover is decided where a primary could still write.
 */
export function valkeyPod(args: ValkeyPodArgs): types.input.core.v1.PodTemplateSpec {
  return {
    metadata: { labels: { ...args.labels } },
    spec: {
      ...podBasics(names.servers, USER, priorityClassName(args.namespace, "data")),
      ...spread(selectorOf("servers")),
      terminationGracePeriodSeconds: GRACE,
      containers: [server(args), sentinel(args), exporter(args)],
      volumes: [
        { name: "config", configMap: { name: args.configMap } },
        { name: "secrets", secret: { secretName: args.secret, defaultMode: 0o440 } },
        { name: "tls", secret: { secretName: CERTIFICATE, defaultMode: 0o440 } },
        // In memory: the configuration as it runs has a password in it.
        { name: "run", emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
      ],
    },
  };
}

function server({ namespace, settings }: ValkeyPodArgs): Container {
  return {
    name: "valkey",
    image: settings.images.valkey,
    imagePullPolicy: "IfNotPresent",
    command: script("start-valkey.sh"),
    env: identity(namespace),
    ports: [{ name: "valkey", containerPort: ports.valkey, protocol: "TCP" }],
    resources: withEphemeralStorage(settings.resources),
    securityContext: confined,
    startupProbe: probe(["alive"], 5, STARTUP / 5),
    livenessProbe: probe(["alive"], 10, 6),
    readinessProbe: probe(["ready"], 10, 2),
    lifecycle: { preStop: { exec: { command: script("hand-over.sh") } } },
    volumeMounts: mounts("config", "secrets", "tls", "data", "run"),
  };
}

function sentinel({ namespace, settings }: ValkeyPodArgs): Container {
  return {
    name: "sentinel",
    image: settings.images.valkey,
    imagePullPolicy: "IfNotPresent",
    command: script("start-sentinel.sh"),
    env: identity(namespace),
    ports: [{ name: "sentinel", containerPort: ports.sentinel, protocol: "TCP" }],
    resources: withEphemeralStorage(sideResources.sentinel),
    securityContext: confined,
    livenessProbe: probe(["sentinel"], 10, 6),
    readinessProbe: probe(["sentinel"], 10, 2),
    volumeMounts: mounts("config", "secrets", "tls", "data", "run"),
  };
}

function exporter({ settings }: ValkeyPodArgs): Container {
  return {
    name: "exporter",
    image: settings.images.exporter,
    imagePullPolicy: "IfNotPresent",
    args: [
      `--redis.addr=rediss://localhost:${ports.valkey}`,
      `--redis.user=${users.exporter}`,
      `--redis.password-file=${paths.secrets}/exporter.json`,
      `--tls-ca-cert-file=${paths.tls}/ca.crt`,
      // CONFIG is not for it: it would give out the password of the replication.
      "--config-command=-",
      `--web.listen-address=0.0.0.0:${ports.exporter}`,
    ],
    ports: [{ name: "metrics", containerPort: ports.exporter, protocol: "TCP" }],
    resources: withEphemeralStorage(sideResources.exporter),
    securityContext: confined,
    livenessProbe: { httpGet: { path: "/health", port: "metrics" }, periodSeconds: 10, failureThreshold: 6 },
    readinessProbe: { httpGet: { path: "/health", port: "metrics" }, periodSeconds: 10, failureThreshold: 3 },
    volumeMounts: mounts("secrets", "tls"),
  };
}

/** A script of the ConfigMap, whose files are not executable. */
function script(name: string, ...args: readonly string[]): string[] {
  return ["sh", `${paths.config}/${name}`, ...args];
}

function probe(args: readonly string[], periodSeconds: number, failureThreshold: number): Probe {
  return { exec: { command: script("health.sh", ...args) }, periodSeconds, timeoutSeconds: 10, failureThreshold };
}

/** This pod's name among the members. */
function identity(namespace: string) {
  return [
    { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
    { name: "SELF", value: `$(POD_NAME).${governed(namespace)}` },
  ];
}

function mounts(...volumes: readonly (keyof typeof paths)[]): VolumeMount[] {
  return volumes.map((name) => ({
    name,
    mountPath: paths[name],
    ...(name === "data" || name === "run" ? {} : { readOnly: true }),
  }));
}
