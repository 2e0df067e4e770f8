import type { Conflict, Path } from "../../components/core/errors";
import { conflict } from "./check";

/** A peer is pods or networks, and not both. */
export function peerConflicts(
  at: Path,
  peer: {
    readonly cidrs?: readonly string[] | undefined;
    readonly podLabels?: Readonly<Record<string, string>> | undefined;
    readonly namespace?: string | undefined;
  },
): readonly Conflict[] {
  if ((peer.cidrs === undefined) === (peer.podLabels === undefined)) {
    return [conflict(at, peer, "either podLabels or cidrs", "{}")];
  }
  return peer.cidrs === undefined || peer.namespace === undefined
    ? []
    : [conflict([...at, "namespace"], peer.namespace, "nothing beside cidrs", "")];
}
