import type { types } from "@pulumi/kubernetes";

import type { Labels } from "../core/labels";

type PodSpec = types.input.core.v1.PodSpec;
type SecurityContext = types.input.core.v1.SecurityContext;

/** A user and a group that are not root's (numbers, since an image's names do not count for Pod Security). */
export interface User {
  readonly user: number;
  readonly group: number;
}

/** What every container of the cache is confined to: Pod Security `restricted`, and a root that cannot be written to. */
export const confined: SecurityContext = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  capabilities: { drop: ["ALL"] },
};

/** What every pod of the cache has in common. No pod of it talks to the Kubernetes API, so none has a token. */
export function podBasics(account: string, { user, group }: User, priorityClass: string): Omit<PodSpec, "containers"> {
  return {
    serviceAccountName: account,
    priorityClassName: priorityClass,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: user,
      runAsGroup: group,
      fsGroup: group,
      // A claim's files are the group's after the first time: no walk over all of them at each start.
      fsGroupChangePolicy: "OnRootMismatch",
      seccompProfile: { type: "RuntimeDefault" },
    },
  };
}

/**
 * One pod a node, zones as even as they can be.
 *
 * @param revisions the label that tells one revision's pods from another's, where both run side by side during a rollout
 */
export function spread(selector: Labels, revisions?: string): Pick<PodSpec, "affinity" | "topologySpreadConstraints"> {
  const labelSelector = { matchLabels: { ...selector } };
  const keys = revisions === undefined ? {} : { matchLabelKeys: [revisions] };
  return {
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { topologyKey: "kubernetes.io/hostname", labelSelector, ...keys },
        ],
      },
    },
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: "topology.kubernetes.io/zone",
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector,
        ...keys,
      },
    ],
  };
}
