import type { Labels } from "../core/labels";

/** The version of the standards. Pinned, so that upgrading a cluster never starts to refuse pods. */
const VERSION = "v1.34";

/** The labels that make a namespace refuse, record and warn of pods that Pod Security `restricted` does not let in. */
export function restrictedPods(version: string = VERSION): Labels {
  return Object.fromEntries(
    ["enforce", "audit", "warn"].flatMap((mode) => [
      [`pod-security.kubernetes.io/${mode}`, "restricted"],
      [`pod-security.kubernetes.io/${mode}-version`, version],
    ]),
  );
}
