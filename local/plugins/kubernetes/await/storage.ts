import { text, type JsonObject } from "../properties";
import { lastWarning } from "./pods";
import { problem, READY, waiting, type Judge, type Verdict } from "./verdict";

/** The official provider waits 5 minutes for a claim, whatever timeout is asked for. */
const CLAIM_SECONDS = 300;

const DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class";

/** A claim is ready when it is bound, or when its class binds it only to its first pod. */
export function claimVerdict(claim: JsonObject, storageClass: JsonObject | undefined): Verdict {
  const phase = text(claim, "status", "phase");
  if (phase === "Bound") return READY;
  if (phase === "Lost") return { state: "failed", message: "its volume is lost" };
  if (text(storageClass, "volumeBindingMode") === "WaitForFirstConsumer") return READY;
  return waiting("it is not bound to a volume yet");
}

export const claim: Judge = {
  maxSeconds: CLAIM_SECONDS,
  async judge(item, look) {
    const name = text(item, "spec", "storageClassName");
    const found =
      name === undefined
        ? (await look.list("storage.k8s.io/v1", "StorageClass")).find(
            (entry) => text(entry, "metadata", "annotations", DEFAULT_CLASS) === "true",
          )
        : name === ""
          ? undefined
          : await look.get("storage.k8s.io/v1", "StorageClass", name);
    const verdict = claimVerdict(item, found);
    if (verdict.state !== "waiting") return verdict;
    if (name !== undefined && name !== "" && found === undefined) {
      return problem(`its storage class "${name}" does not exist`);
    }
    const uid = text(item, "metadata", "uid") ?? "";
    const warning = lastWarning(await look.list("v1", "Event", { fieldSelector: `involvedObject.uid=${uid}` }));
    return warning === undefined ? verdict : problem(`${verdict.message}; ${warning}`);
  },
};
