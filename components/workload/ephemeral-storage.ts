import { bytes, type Bytes, formatBytes } from "../core/units";
import type { Resources } from "./settings";

/** Room for a container's logs: the kubelet keeps five files of 10 MiB, and looks only every so often. */
const LOGS: Bytes = "128Mi";

/**
 * A container's resources with the disk of its node that it takes: asked for, so that a node that is short of disk evicts others
 * first, and limited, so that we fill none.
 *
 * @param scratch the folders that it writes to beside its logs; none by default
 */
export function withEphemeralStorage(
  { requests, limits }: { readonly requests: Resources; readonly limits: Resources },
  scratch?: Bytes,
) {
  const storage = { "ephemeral-storage": formatBytes((scratch === undefined ? 0 : bytes(scratch)) + bytes(LOGS)) };
  return { requests: { ...requests, ...storage }, limits: { ...limits, ...storage } };
}
