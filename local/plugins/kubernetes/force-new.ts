import { apiGroup } from "./objects";
import { text, type JsonObject } from "./properties";
import type { Settings } from "./settings";

/**
 * Input paths whose change needs a new object, as the official provider has them (provider/pkg/provider/diff.go); `*`
 * stands for each item of a list. A path covers all below it.
 */
const PATHS: Readonly<Record<string, readonly string[]>> = {
  "apps/DaemonSet": ["spec.selector"],
  "apps/Deployment": ["spec.selector"],
  "apps/StatefulSet": [
    "spec.podManagementPolicy",
    "spec.revisionHistoryLimit",
    "spec.selector",
    "spec.serviceName",
    "spec.volumeClaimTemplates",
  ],
  "batch/Job": ["spec.completions", "spec.parallelism", "spec.selector", "spec.template"],
  "rbac.authorization.k8s.io/ClusterRoleBinding": ["roleRef"],
  "rbac.authorization.k8s.io/RoleBinding": ["roleRef"],
  "storage.k8s.io/StorageClass": ["parameters", "provisioner"],
  "/PersistentVolumeClaim": ["spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName"],
  "/ResourceQuota": ["spec.scopes"],
  "/Secret": ["type"],
  "/Service": ["spec.clusterIP"],
};

/** Sources of a PersistentVolume; one volume cannot become another. */
const VOLUME_SOURCES = ["awsElasticBlockStore", "azureDisk", "azureFile", "csi", "fc", "gcePersistentDisk", "hostPath"];
const MORE_VOLUME_SOURCES = ["iscsi", "local", "nfs", "vsphereVolume"];

/** Of a Pod almost nothing may change; an image may, in the API, but the official provider replaces the pod. */
const POD_FIELDS = [
  ...["affinity", "automountServiceAccountToken", "dnsConfig", "dnsPolicy", "enableServiceLinks", "hostAliases"],
  ...["hostIPC", "hostNetwork", "hostPID", "hostname", "imagePullSecrets", "nodeName", "nodeSelector", "overhead"],
  ...["preemptionPolicy", "priority", "priorityClassName", "readinessGates", "restartPolicy", "runtimeClassName"],
  ...["schedulerName", "securityContext", "serviceAccount", "serviceAccountName", "shareProcessNamespace", "subdomain"],
  ...["terminationGracePeriodSeconds", "volumes", "containers.*", "initContainers.*"],
];

/** The paths that force a replacement of an object of this kind under these provider settings. */
export function forceNewPaths(
  inputs: JsonObject,
  settings: Pick<Settings, "configMapMutable" | "secretMutable">,
): readonly string[] {
  const kind = `${apiGroup(text(inputs, "apiVersion") ?? "")}/${text(inputs, "kind") ?? ""}`;
  const paths = ["metadata.name", "metadata.namespace", ...(PATHS[kind] ?? [])];
  const immutable = inputs["immutable"] === true;
  if (kind === "/Secret" && (!settings.secretMutable || immutable)) paths.push("data", "stringData");
  if (kind === "/ConfigMap" && (!settings.configMapMutable || immutable)) paths.push("data", "binaryData");
  if (kind === "/Pod") paths.push(...POD_FIELDS.map((field) => `spec.${field}`));
  if (kind === "/PersistentVolume") {
    paths.push(...[...VOLUME_SOURCES, ...MORE_VOLUME_SOURCES].map((source) => `spec.${source}`));
  }
  return paths;
}

export type PathElement = string | number;

/** Whether a change at `path` is a change of, or inside, a forced path. */
export function forcesNew(path: readonly PathElement[], forced: readonly string[]): boolean {
  return forced.some((pattern) => {
    const parts = pattern.split(".");
    return (
      parts.length <= path.length &&
      parts.every((part, index) => (part === "*" ? typeof path[index] === "number" : part === path[index]))
    );
  });
}
