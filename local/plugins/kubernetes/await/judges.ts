import { annotation, apiGroup, condition } from "../objects";
import { text, type JsonObject } from "../properties";
import { customJudge } from "./custom";
import { ingress, service } from "./network";
import { claim } from "./storage";
import { READY, waiting, type Judge, type Verdict } from "./verdict";
import { daemonSet, deployment, job, pod, statefulSet } from "./workloads";

/** A definition serves its custom resources once it is established; without the wait the first of them would fail. */
export function definitionVerdict(definition: JsonObject): Verdict {
  if (text(condition(definition, "Established"), "status") === "True") return READY;
  const names = condition(definition, "NamesAccepted");
  if (text(names, "status") === "False") {
    return { state: "failed", message: `its names are not accepted: ${text(names, "message") ?? ""}` };
  }
  return waiting("it is not established yet");
}

function namespaceVerdict(namespace: JsonObject): Verdict {
  return text(namespace, "status", "phase") === "Terminating" ? waiting("it is being deleted") : READY;
}

/** Kinds that the provider waits for, by API group and kind. Every other kind is ready once it is stored. */
const JUDGES: Readonly<Record<string, Judge>> = {
  "apps/Deployment": deployment,
  "apps/StatefulSet": statefulSet,
  "apps/DaemonSet": daemonSet,
  "batch/Job": job,
  "/Pod": pod,
  "/Service": service,
  "/Namespace": { judge: namespaceVerdict },
  "/PersistentVolumeClaim": claim,
  "networking.k8s.io/Ingress": ingress,
  "apiextensions.k8s.io/CustomResourceDefinition": { judge: definitionVerdict },
};

/**
 * How the readiness of an object is judged, if it is waited for at all: `pulumi.com/skipAwait` switches it off,
 * `pulumi.com/waitFor` says it in the program's own words.
 *
 * @throws Error when `pulumi.com/waitFor` cannot be read
 */
export function judgeOf(inputs: JsonObject): Judge | undefined {
  if (annotation(inputs, "pulumi.com/skipAwait") === "true") return undefined;
  const waitFor = annotation(inputs, "pulumi.com/waitFor");
  if (waitFor !== undefined && waitFor !== "") return customJudge(waitFor);
  const key = `${apiGroup(text(inputs, "apiVersion") ?? "")}/${text(inputs, "kind") ?? ""}`;
  return Object.hasOwn(JUDGES, key) ? JUDGES[key] : undefined;
}

/** How long to wait (seconds): the resource's own timeout, else the annotation, else 10 minutes as the official provider. */
export function timeoutSeconds(inputs: JsonObject, custom: number): number {
  if (custom > 0) return custom;
  const asked = Number.parseInt(annotation(inputs, "pulumi.com/timeoutSeconds") ?? "", 10);
  return Number.isFinite(asked) && asked > 0 ? asked : 600;
}
