import { isObject, text, type Json, type JsonObject } from "./properties";

/** The provider's arguments, with the defaults of the official provider. */
export interface Settings {
  /**
   * A kubeconfig's text, or the path of a file.
   * @default the files that KUBECONFIG names, or `~/.kube/config`
   */
  readonly kubeconfig: string | undefined;
  /** @default the kubeconfig's current context */
  readonly context: string | undefined;
  /** @default the context's cluster */
  readonly cluster: string | undefined;
  /** The namespace of namespaced objects that name none. @default the context's namespace, or `default` */
  readonly namespace: string | undefined;
  /** Take the fields of other managers by force in every update. @default false */
  readonly patchForce: boolean;
  /** Take over an object that exists already instead of failing. @default false */
  readonly upsertExistingObjects: boolean;
  /** Update a ConfigMap in place instead of replacing it. @default false */
  readonly configMapMutable: boolean;
  /** Update a Secret in place instead of replacing it. @default false */
  readonly secretMutable: boolean;
  /** @default false */
  readonly suppressDeprecationWarnings: boolean;
  /** Write manifests into this folder instead of talking to a cluster. */
  readonly renderYamlToDirectory: string | undefined;
  /** Drop resources from the state when their cluster cannot be reached. @default false */
  readonly deleteUnreachable: boolean;
  /** Keep resources as they are in the state when a refresh cannot reach their cluster. @default false */
  readonly skipUpdateUnreachable: boolean;
}

/** Environment variables of the official provider; an argument wins over its variable. */
const VARIABLES: Readonly<Record<string, string>> = {
  enablePatchForce: "PULUMI_K8S_ENABLE_PATCH_FORCE",
  upsertExistingObjects: "PULUMI_K8S_UPSERT_EXISTING_OBJECTS",
  enableConfigMapMutable: "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE",
  enableSecretMutable: "PULUMI_K8S_ENABLE_SECRET_MUTABLE",
  suppressDeprecationWarnings: "PULUMI_K8S_SUPPRESS_DEPRECATION_WARNINGS",
  deleteUnreachable: "PULUMI_K8S_DELETE_UNREACHABLE",
  skipUpdateUnreachable: "PULUMI_K8S_SKIP_UPDATE_UNREACHABLE",
};

/**
 * Ours alone: takes the cluster away from every provider, whatever its arguments say, so that `npm run preview` can show a
 * stack whose cluster does not exist or is none of this machine's business. Its value is the folder to render into.
 */
export const WITHOUT_CLUSTER = "MONITORING_WITHOUT_CLUSTER";

/** Reads provider arguments; the engine sends booleans as booleans or as the strings `true` and `false`. */
export function readSettings(args: JsonObject, env: NodeJS.ProcessEnv = process.env): Settings {
  const nonEmpty = (key: string) => (text(args, key) === "" ? undefined : text(args, key));
  const flag = (key: string) => isTrue(args[key] ?? env[VARIABLES[key] ?? ""]);
  return {
    kubeconfig: isObject(args["kubeconfig"]) ? JSON.stringify(args["kubeconfig"]) : nonEmpty("kubeconfig"),
    context: nonEmpty("context"),
    cluster: nonEmpty("cluster"),
    namespace: nonEmpty("namespace"),
    patchForce: flag("enablePatchForce"),
    upsertExistingObjects: flag("upsertExistingObjects"),
    configMapMutable: flag("enableConfigMapMutable"),
    secretMutable: flag("enableSecretMutable"),
    suppressDeprecationWarnings: flag("suppressDeprecationWarnings"),
    renderYamlToDirectory: env[WITHOUT_CLUSTER] ?? nonEmpty("renderYamlToDirectory"),
    deleteUnreachable: flag("deleteUnreachable"),
    skipUpdateUnreachable: flag("skipUpdateUnreachable"),
  };
}

function isTrue(value: Json | undefined): boolean {
  return value === true || value === "true";
}

export interface CheckFailure {
  readonly property: string;
  readonly reason: string;
}

/** What is wrong with provider arguments. Pure: no file and no cluster is looked at. */
export function checkSettings(args: JsonObject): CheckFailure[] {
  const failures: CheckFailure[] = [];
  if (args["enableServerSideApply"] !== undefined && !isTrue(args["enableServerSideApply"])) {
    failures.push({
      property: "enableServerSideApply",
      reason: "the stand-in updates by server-side apply only; leave the argument out, or set it to true",
    });
  }
  if (text(args, "renderYamlToDirectory")) {
    for (const property of ["kubeconfig", "context", "cluster"]) {
      // The SDK fills kubeconfig from the environment, which nobody asked for.
      const ambient = property === "kubeconfig" && args[property] === process.env["KUBECONFIG"];
      if (text(args, property) && !ambient) {
        failures.push({ property, reason: `"${property}" arg is not compatible with "renderYamlToDirectory" arg` });
      }
    }
  }
  if (isTrue(args["strictMode"])) {
    for (const property of ["kubeconfig", "context"]) {
      if (!text(args, property)) {
        failures.push({ property, reason: `strict mode requires Provider "${property}" argument` });
      }
    }
  }
  return failures;
}
