import type { Endpoint } from "../components/security/network-edges";
import type { StackConfig } from "./config";

/** A server outside of the stack, as the configuration states it, as the network policies take it. */
export function peerEndpoint(
  name: string,
  peer: NonNullable<StackConfig["cache"]["existing"]>["peer"],
  namespace: string,
): Endpoint {
  return peer.cidrs === undefined
    ? { kind: "pods", name, labels: peer.podLabels ?? {}, namespace: peer.namespace ?? namespace }
    : { kind: "networks", name, cidrs: peer.cidrs };
}
