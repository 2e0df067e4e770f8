import { apiGroup } from "./objects";
import { text, type JsonObject } from "./properties";

/** What a Pulumi resource of this package stands for. */
export type ResourceType =
  | { readonly is: "object"; readonly apiVersion: string; readonly kind: string }
  | { readonly is: "helm-release" }
  | { readonly is: "unsupported"; readonly reason: string };

/** The type and the name that a URN carries. */
export function parseUrn(urn: string): { readonly type: string; readonly name: string } {
  const [, , qualified = "", ...name] = urn.split("::");
  return { type: qualified.slice(qualified.lastIndexOf("$") + 1), name: name.join("::") };
}

/** `apps/v1` of a token's `apps/v1`; the core group is spelled `core/v1` there and `v1` on the wire. */
function apiVersionOf(module: string): string {
  return apiGroup(module) === "core" ? module.slice("core/".length) : module;
}

/**
 * Reads a type token such as `kubernetes:apps/v1:Deployment`. Inputs, where they are given, are the authority on
 * `apiVersion` and `kind`, as in the official provider; a token's spelling of a group may be shortened.
 */
export function resourceType(token: string, inputs: JsonObject = {}): ResourceType {
  const [, module = "", name = ""] = token.split(":");
  if (module === "helm.sh/v3" && name === "Release") return { is: "helm-release" };
  if (/^(helm\.sh|yaml|kustomize)(\/|$)/.test(module)) {
    return unsupported(`${token} is a component that the stand-in does not expand`);
  }
  const apiVersion = text(inputs, "apiVersion") ?? apiVersionOf(module);
  const kind = text(inputs, "kind") ?? name;
  if (name === `${kind}Patch` || (text(inputs, "kind") === undefined && /[a-z]Patch$/.test(name))) {
    return unsupported(`${token} manages single fields of somebody else's object, which the stand-in does not do`);
  }
  // The kind alone does not tell: a custom resource may well be called AllowList.
  if (name.endsWith("List") && "items" in inputs) {
    return unsupported(`${token} is a list; a list cannot be created, only the objects in it`);
  }
  return { is: "object", apiVersion, kind };
}

function unsupported(reason: string): ResourceType {
  return { is: "unsupported", reason };
}
