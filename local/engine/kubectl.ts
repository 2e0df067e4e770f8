import { execa } from "execa";
import type { ObjectExists } from "./heal";

/** Asks a cluster through kubectl whether it has an object. A kind that it does not know is an object that it does not have. */
export function objectExists(kubectl: string, kubeconfig: string, context: string): ObjectExists {
  return async (apiVersion, kind, namespace, name) => {
    const [version = "", group] = apiVersion.split("/").reverse();
    const resource = group === undefined ? kind : `${kind}.${version}.${group}`;
    const scope = namespace === undefined ? [] : ["--namespace", namespace];
    const { stdout, stderr, exitCode } = await execa(
      kubectl,
      [
        "--kubeconfig",
        kubeconfig,
        "--context",
        context,
        ...scope,
        "get",
        resource,
        name,
        "--ignore-not-found",
        "--output",
        "name",
      ],
      { reject: false },
    );
    if (exitCode === 0) return stdout.trim() !== "";
    if (stderr.includes("the server doesn't have a resource type")) return false;
    throw new Error(`kubectl get ${resource} ${name}: ${stderr}`);
  };
}
