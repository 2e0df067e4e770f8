/** A pod, or a pod template: what Pod Security looks at. */
export interface PodTemplate {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: object;
}

type Allowed = (value: unknown) => boolean;

interface Control {
  /** As the standard's table calls it. */
  readonly name: string;
  /** The restricted fields; `[*]` is every element of a list. */
  readonly fields: readonly string[];
  readonly allowed: Allowed;
}

const lists = ["spec.containers[*]", "spec.initContainers[*]", "spec.ephemeralContainers[*]"];
const containers = (...fields: readonly string[]) => lists.flatMap((list) => fields.map((field) => `${list}.${field}`));
const podAndContainers = (...fields: readonly string[]) => [
  ...fields.map((field) => `spec.securityContext.${field}`),
  ...containers(...fields.map((field) => `securityContext.${field}`)),
];

const unset: Allowed = (value) => value === undefined || value === null;
const oneOf =
  (...values: readonly unknown[]): Allowed =>
  (value) =>
    unset(value) || values.includes(value);
const handlers = ["livenessProbe", "readinessProbe", "startupProbe", "lifecycle.postStart", "lifecycle.preStop"];

/**
 * Baseline and restricted of the Pod Security Standards, as Kubernetes 1.36 states them, one entry per control. Stricter in one
 * thing: a pod in a user namespace of its own (`hostUsers: false`) is let off nothing.
 */
const fieldControls: readonly Control[] = [
  { name: "HostProcess", fields: podAndContainers("windowsOptions.hostProcess"), allowed: oneOf(false) },
  { name: "Host Namespaces", fields: ["spec.hostNetwork", "spec.hostPID", "spec.hostIPC"], allowed: oneOf(false) },
  { name: "Privileged Containers", fields: containers("securityContext.privileged"), allowed: oneOf(false) },
  { name: "HostPath Volumes", fields: ["spec.volumes[*].hostPath"], allowed: unset },
  { name: "Host Ports", fields: containers("ports[*].hostPort"), allowed: oneOf(0) },
  {
    name: "Host Probes / Lifecycle Hooks",
    fields: containers(...handlers.flatMap((handler) => [`${handler}.httpGet.host`, `${handler}.tcpSocket.host`])),
    allowed: oneOf(""),
  },
  { name: "AppArmor", fields: podAndContainers("appArmorProfile.type"), allowed: oneOf("RuntimeDefault", "Localhost") },
  {
    name: "SELinux",
    fields: podAndContainers("seLinuxOptions.type"),
    allowed: oneOf("", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"),
  },
  { name: "SELinux", fields: podAndContainers("seLinuxOptions.user", "seLinuxOptions.role"), allowed: oneOf("") },
  { name: "/proc Mount Type", fields: containers("securityContext.procMount"), allowed: oneOf("Default") },
  {
    name: "Sysctls",
    fields: ["spec.securityContext.sysctls[*].name"],
    allowed: oneOf(
      "kernel.shm_rmid_forced",
      "net.ipv4.ip_local_port_range",
      "net.ipv4.ip_unprivileged_port_start",
      "net.ipv4.tcp_syncookies",
      "net.ipv4.ping_group_range",
      "net.ipv4.ip_local_reserved_ports",
      "net.ipv4.tcp_keepalive_time",
      "net.ipv4.tcp_fin_timeout",
      "net.ipv4.tcp_keepalive_intvl",
      "net.ipv4.tcp_keepalive_probes",
      "net.ipv4.tcp_rmem",
      "net.ipv4.tcp_wmem",
    ),
  },
  {
    name: "Privilege Escalation",
    fields: containers("securityContext.allowPrivilegeEscalation"),
    allowed: (value) => value === false,
  },
  { name: "Running as Non-root user", fields: podAndContainers("runAsUser"), allowed: (value) => value !== 0 },
  { name: "Running as Non-root", fields: podAndContainers("runAsNonRoot"), allowed: oneOf(true) },
  { name: "Seccomp", fields: podAndContainers("seccompProfile.type"), allowed: oneOf("RuntimeDefault", "Localhost") },
  {
    name: "Capabilities",
    fields: containers("securityContext.capabilities.drop"),
    allowed: (value) => Array.isArray(value) && value.includes("ALL"),
  },
  {
    name: "Capabilities",
    fields: containers("securityContext.capabilities.add[*]"),
    allowed: oneOf("NET_BIND_SERVICE"),
  },
];

/** What containers leave to their pod, which then has to say it. */
const inherited: readonly (readonly [name: string, field: string])[] = [
  ["Running as Non-root", "runAsNonRoot"],
  ["Seccomp", "seccompProfile.type"],
];

const volumeTypes = new Set([
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "image",
  "persistentVolumeClaim",
  "projected",
  "secret",
]);

const APPARMOR = "container.apparmor.security.beta.kubernetes.io/";

/** What the level `restricted` would refuse about a pod: the control, the field and its value. */
export function podSecurityViolations(pod: PodTemplate): readonly string[] {
  return [
    ...fieldControls.flatMap(({ name, fields, allowed }) =>
      fields
        .flatMap((field) => expand(pod, field.split(".")))
        .filter(([, value]) => !allowed(value))
        .map(([path, value]) => `${name}: ${path} is ${value === undefined ? "not set" : JSON.stringify(value)}`),
    ),
    ...inherited.flatMap(([name, field]) => {
      const [[, ofPod] = []] = expand(pod, `spec.securityContext.${field}`.split("."));
      if (!unset(ofPod)) return [];
      return containers(`securityContext.${field}`)
        .flatMap((path) => expand(pod, path.split(".")))
        .filter(([, value]) => unset(value))
        .map(([path]) => `${name}: ${path} is not set, nor is the pod's`);
    }),
    ...expand(pod, ["spec", "volumes[*]"]).flatMap(([path, volume]) =>
      Object.keys(volume ?? {})
        .filter((key) => key !== "name" && !volumeTypes.has(key))
        .map((type) => `Volume Types: ${path} is a ${type}`),
    ),
    ...Object.entries(pod.metadata?.annotations ?? {})
      .filter(([key, value]) => key.startsWith(APPARMOR) && !/^$|^runtime\/default$|^localhost\//.test(value))
      .map(([key, value]) => `AppArmor: metadata.annotations["${key}"] is "${value}"`),
  ];
}

/** Every value that a field names, with its path: `undefined` where nothing is set. */
function expand(
  value: unknown,
  path: readonly string[],
  walked = "",
): readonly (readonly [path: string, value: unknown])[] {
  const [segment, ...rest] = path;
  if (segment === undefined) return [[walked, value]];
  const key = segment.replace("[*]", "");
  const next = (value as Readonly<Record<string, unknown>> | undefined | null)?.[key];
  const at = walked === "" ? key : `${walked}.${key}`;
  if (!segment.endsWith("[*]")) return expand(next, rest, at);
  return ((next ?? []) as readonly unknown[]).flatMap((element, index) => expand(element, rest, `${at}[${index}]`));
}
