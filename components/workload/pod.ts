import type { Input } from "@pulumi/pulumi";
import type { types } from "@pulumi/kubernetes";

import type { Labels } from "../core/labels";
import { seconds } from "../core/units";
import { withEphemeralStorage } from "./ephemeral-storage";
import type { Probe, ServiceSettings } from "./settings";

type PodTemplateSpec = types.input.core.v1.PodTemplateSpec;
type ContainerProbe = types.input.core.v1.Probe;
type Volume = types.input.core.v1.Volume;

/** A certificate authority that a service's connections are verified against, beside those that its image knows. */
export interface TrustedCa {
  /** The Secret with the certificate; of its keys, pods get this one alone. */
  readonly secretName: string;
  readonly key: string;
}

export interface PodArgs {
  /** The service's name: the container, and the service account. */
  readonly service: string;
  readonly image: string;
  readonly labels: Labels;
  /** What a Deployment selects these pods by. */
  readonly selector: Labels;
  readonly settings: ServiceSettings;
  /** Who goes first when there is not enough room. */
  readonly priorityClass: string;
  /** The ConfigMap with the plain part of the environment. */
  readonly configMap: Input<string>;
  /** @default none: the service needs no secret */
  readonly secret?: Input<string> | undefined;
  /** The Secret that pulls the image. @default none: the registry is public or the nodes are known to it */
  readonly pullSecret?: Input<string> | undefined;
  /** @default none: the image's own authorities are enough */
  readonly trustedCa?: TrustedCa | undefined;
}

/** Where a pod may write. */
const WRITABLE = "/tmp";

/** Where a pod finds the certificate of `trustedCa`. */
const TRUSTED = "/etc/trusted-ca";

/** The file itself, for what has to be told where it is. */
export function trustedCaFile({ key }: TrustedCa): string {
  return `${TRUSTED}/${key}`;
}

/**
 * A pod that passes Pod Security `restricted` and leaves its node without a lost request.
 *
 * Two placements look alike and differ in strictness (spec 004): on nodes the spread is required, over zones it is preferred.
 * Both carry `matchLabelKeys: [pod-template-hash]`: they compare pods of one revision only. Without it a cluster of three nodes could
 * never roll three pods with `maxSurge: 1`, since the new pod would find a pod of the old revision on every node.
 */
export function podTemplate(args: PodArgs): PodTemplateSpec {
  const { service, image, labels, selector, settings } = args;
  return {
    metadata: { labels: { ...labels } },
    spec: {
      serviceAccountName: service,
      priorityClassName: args.priorityClass,
      automountServiceAccountToken: settings.apiAccess.length > 0,
      // Off, or every Service of the namespace becomes environment variables, and a Service named `port` an outage.
      enableServiceLinks: false,
      terminationGracePeriodSeconds: seconds(settings.shutdown.gracePeriod),
      securityContext: {
        runAsNonRoot: true,
        runAsUser: settings.runAsUser,
        runAsGroup: settings.runAsUser,
        fsGroup: settings.runAsUser,
        seccompProfile: { type: "RuntimeDefault" },
      },
      ...(args.pullSecret === undefined ? {} : { imagePullSecrets: [{ name: args.pullSecret }] }),
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            {
              topologyKey: "kubernetes.io/hostname",
              labelSelector: { matchLabels: { ...selector } },
              matchLabelKeys: ["pod-template-hash"],
            },
          ],
        },
      },
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: "topology.kubernetes.io/zone",
          whenUnsatisfiable: "ScheduleAnyway",
          labelSelector: { matchLabels: { ...selector } },
          matchLabelKeys: ["pod-template-hash"],
        },
      ],
      containers: [
        {
          name: service,
          image,
          imagePullPolicy: "IfNotPresent",
          ports: [
            { name: "http", containerPort: settings.port, protocol: "TCP" },
            { name: "metrics", containerPort: settings.metricsPort, protocol: "TCP" },
          ],
          envFrom: [
            { configMapRef: { name: args.configMap } },
            ...(args.secret === undefined ? [] : [{ secretRef: { name: args.secret } }]),
          ],
          ...(args.trustedCa === undefined
            ? {}
            : { env: [{ name: "NODE_EXTRA_CA_CERTS", value: trustedCaFile(args.trustedCa) }] }),
          resources: withEphemeralStorage(settings.resources, settings.tmpSize),
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            runAsNonRoot: true,
            capabilities: { drop: ["ALL"] },
          },
          startupProbe: healthProbe(settings, "startup"),
          readinessProbe: healthProbe(settings, "readiness"),
          livenessProbe: healthProbe(settings, "liveness"),
          // Waits in the kubelet, so that the image needs no shell and no `sleep`.
          lifecycle: { preStop: { sleep: { seconds: seconds(settings.shutdown.preStop) } } },
          volumeMounts: [
            { name: "tmp", mountPath: WRITABLE },
            ...(args.trustedCa === undefined ? [] : [{ name: "trusted-ca", mountPath: TRUSTED, readOnly: true }]),
          ],
        },
      ],
      volumes: [
        { name: "tmp", emptyDir: { sizeLimit: settings.tmpSize } },
        ...(args.trustedCa === undefined ? [] : [trustedCaVolume(args.trustedCa)]),
      ],
    },
  };
}

/** The one key alone: the Secret of a server's certificate holds the server's private key as well. */
function trustedCaVolume({ secretName, key }: TrustedCa): Volume {
  return {
    name: "trusted-ca",
    secret: { secretName, defaultMode: 0o444, items: [{ key, path: key }] },
  };
}

function healthProbe(settings: ServiceSettings, kind: "startup" | "readiness" | "liveness"): ContainerProbe {
  const probe: Probe = settings.probes[kind];
  return {
    httpGet: { path: settings.probes.path, port: "http" },
    periodSeconds: seconds(probe.period),
    timeoutSeconds: seconds(probe.timeout),
    failureThreshold: probe.failures,
  };
}
