import type { Registered } from "./mocks";
import { at } from "./resources";

type Labels = Readonly<Record<string, string>>;

/** A container's port. Kubernetes reads one without a protocol as TCP. */
interface ContainerPort {
  readonly name?: string;
  readonly containerPort: number;
  readonly protocol?: "TCP" | "UDP" | "SCTP";
}

/** What a pod template says, as far as tests read it. */
export interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly automountServiceAccountToken?: boolean;
  readonly priorityClassName?: string;
  readonly serviceAccountName?: string;
  readonly topologySpreadConstraints?: readonly { readonly topologyKey: string }[];
}

interface Container {
  readonly name: string;
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly ports?: readonly ContainerPort[];
  readonly resources?: Resources;
}

interface Resources {
  readonly requests?: Readonly<Record<string, string>>;
  readonly limits?: Readonly<Record<string, string>>;
}

/** One kind of pod that a resource stands for. */
export interface PodShape {
  /** `Deployment monitoring-web-service-blue` */
  readonly owner: string;
  readonly namespace: string;
  readonly labels: Labels;
  readonly ports: readonly ContainerPort[];
  /** How many of them run. @default an autoscaler decides, or a Job does */
  readonly replicas?: number;
  /** What its containers ask for and may use, each. */
  readonly resources: readonly Resources[];
  /** What the pod is made from. @default an operator makes it from the custom resource */
  readonly spec?: PodSpec;
}

type Shape = Omit<PodShape, "owner" | "namespace">;

interface Template {
  readonly metadata?: { readonly labels?: Labels };
  readonly spec: PodSpec;
}

/** The kinds that make pods: from a template of ours, or through an operator whose doing this table knows. */
const makers: Readonly<Record<string, (resource: Registered) => readonly Shape[]>> = {
  "apps/Deployment": workload,
  "apps/StatefulSet": workload,
  "apps/DaemonSet": workload,
  "batch/Job": (resource) => [fromTemplate(at(resource, "spec", "template") as Template)],
  "batch/CronJob": (resource) => [fromTemplate(at(resource, "spec", "jobTemplate", "spec", "template") as Template)],
  // CloudNativePG 1.30, pkg/specs/pods.go and jobs.go: the jobs that make an instance's volume are no instances themselves.
  "postgresql.cnpg.io/Cluster": (resource) => {
    const inherited = (at(resource, "spec", "inheritedMetadata", "labels") ?? {}) as Labels;
    const resources = [(at(resource, "spec", "resources") ?? {}) as Resources];
    const cluster = { ...inherited, ...cloudNativePg(nameOf(resource), "database") };
    return [
      {
        labels: { ...cluster, "cnpg.io/podRole": "instance" },
        ports: [
          { name: "postgresql", containerPort: 5432 },
          { name: "metrics", containerPort: 9187 },
          { name: "status", containerPort: 8000 },
        ],
        replicas: Number(at(resource, "spec", "instances")),
        resources,
      },
      { labels: { ...cluster, "cnpg.io/jobRole": "initdb" }, ports: [], resources },
      { labels: { ...cluster, "cnpg.io/jobRole": "join" }, ports: [], resources },
    ];
  },
  // The same, pkg/specs/pgbouncer/deployments.go.
  "postgresql.cnpg.io/Pooler": (resource) => [
    {
      labels: {
        ...((at(resource, "spec", "template", "metadata", "labels") ?? {}) as Labels),
        ...cloudNativePg(String(at(resource, "spec", "cluster", "name")), "pooler"),
        "cnpg.io/poolerName": nameOf(resource),
        "cnpg.io/podRole": "pooler",
      },
      ports: [
        { name: "pgbouncer", containerPort: 5432 },
        { name: "metrics", containerPort: 9127 },
      ],
      replicas: Number(at(resource, "spec", "instances")),
      resources: ((at(resource, "spec", "template", "spec", "containers") ?? []) as readonly Container[]).map(
        (container) => container.resources ?? {},
      ),
    },
  ],
  // NGINX Gateway Fabric runs a proxy for each Gateway, in its namespace.
  "gateway.networking.k8s.io/Gateway": (resource) => [
    {
      labels: { "gateway.networking.k8s.io/gateway-name": nameOf(resource) },
      ports: (at(resource, "spec", "listeners") as readonly { port: number }[]).map(({ port }) => ({
        containerPort: port,
      })),
      resources: [],
    },
  ],
};

/**
 * The kinds that make no pods. A kind must be here or above: one that made pods unseen would escape every rule about pods. A
 * chart's pods are not ours to render; those that talk to ours are ends of edges, by their labels.
 */
const podless: ReadonlySet<string> = new Set([
  "admissionregistration.k8s.io/ValidatingAdmissionPolicy",
  "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding",
  "apiextensions.k8s.io/CustomResourceDefinition",
  "autoscaling/HorizontalPodAutoscaler",
  "barmancloud.cnpg.io/ObjectStore",
  "cert-manager.io/Certificate",
  "cert-manager.io/ClusterIssuer",
  "cert-manager.io/Issuer",
  "core/ConfigMap",
  "core/LimitRange",
  "core/Namespace",
  "core/PersistentVolumeClaim",
  "core/ResourceQuota",
  "core/Secret",
  "core/Service",
  "core/ServiceAccount",
  "external-secrets.io/ClusterSecretStore",
  "external-secrets.io/ExternalSecret",
  "external-secrets.io/SecretStore",
  "gateway.networking.k8s.io/HTTPRoute",
  "gateway.nginx.org/ClientSettingsPolicy",
  "gateway.nginx.org/NginxProxy",
  "gateway.nginx.org/ProxySettingsPolicy",
  "gateway.nginx.org/RateLimitPolicy",
  "gateway.nginx.org/UpstreamSettingsPolicy",
  "helm.sh/Release",
  "k8s.nginx.org/Policy",
  "monitoring.coreos.com/PodMonitor",
  "monitoring.coreos.com/PrometheusRule",
  "monitoring.coreos.com/ServiceMonitor",
  "networking.k8s.io/Ingress",
  "networking.k8s.io/IngressClass",
  "networking.k8s.io/NetworkPolicy",
  "policy/PodDisruptionBudget",
  "postgresql.cnpg.io/Database",
  "postgresql.cnpg.io/ScheduledBackup",
  "rbac.authorization.k8s.io/ClusterRole",
  "rbac.authorization.k8s.io/ClusterRoleBinding",
  "rbac.authorization.k8s.io/Role",
  "rbac.authorization.k8s.io/RoleBinding",
  "scheduling.k8s.io/PriorityClass",
  "storage.k8s.io/StorageClass",
]);

/** The pods that a resource stands for. */
export function podsOf(resource: Registered): readonly PodShape[] {
  const kind = kindOf(resource);
  if (kind === undefined || podless.has(kind)) return [];
  const maker = makers[kind];
  if (maker === undefined) {
    throw new Error(`test/support/pods.ts does not say whether a ${kind} makes pods, and which (${resource.urn})`);
  }
  const namespace = at(resource, "metadata", "namespace");
  if (typeof namespace !== "string") throw new Error(`${resource.urn} makes pods and names no namespace`);
  return maker(resource).map((shape) => ({
    owner: `${kind.split("/")[1] ?? ""} ${nameOf(resource)}`,
    namespace,
    ...shape,
  }));
}

export function containersOf({ containers, initContainers = [] }: PodSpec): readonly Container[] {
  return [...initContainers, ...containers];
}

/** `apps/Deployment`, whatever the version; nothing for what is no Kubernetes object. */
export function kindOf({ type }: Registered): string | undefined {
  const [, group, kind] = /^kubernetes:([^/:]+)\/[^:]+:(\w+)$/.exec(type) ?? [];
  return group === undefined || kind === undefined ? undefined : `${group}/${kind}`;
}

function workload(resource: Registered): readonly Shape[] {
  const replicas = at(resource, "spec", "replicas");
  return [
    {
      ...fromTemplate(at(resource, "spec", "template") as Template),
      ...(typeof replicas === "number" ? { replicas } : {}),
    },
  ];
}

function fromTemplate({ metadata, spec }: Template): Shape {
  return {
    labels: metadata?.labels ?? {},
    ports: spec.containers.flatMap(({ ports = [] }) => ports),
    resources: spec.containers.map(({ resources = {} }) => resources),
    spec,
  };
}

function cloudNativePg(cluster: string, component: string): Labels {
  return {
    "cnpg.io/cluster": cluster,
    "app.kubernetes.io/name": "postgresql",
    "app.kubernetes.io/instance": cluster,
    "app.kubernetes.io/component": component,
    "app.kubernetes.io/managed-by": "cloudnative-pg",
  };
}

function nameOf(resource: Registered): string {
  return String(at(resource, "metadata", "name"));
}
