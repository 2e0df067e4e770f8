import { stringify } from "yaml";
import { readIfThere, writeAtomically } from "./files";
import type { Credentials } from "./pki";

/** The name of the cluster and of the context in every kubeconfig of ours. */
export const contextName = "local";

/** A kubeconfig that needs no other file: it works from any folder, and when it is copied. */
export function kubeconfig(server: string, authority: Credentials, client: Credentials): string {
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: contextName, cluster: { server, "certificate-authority-data": base64(authority.certificate) } }],
    users: [
      {
        name: contextName,
        user: { "client-certificate-data": base64(client.certificate), "client-key-data": base64(client.key) },
      },
    ],
    contexts: [{ name: contextName, context: { cluster: contextName, user: contextName, namespace: "default" } }],
    "current-context": contextName,
  });
}

/** Leaves the file alone when it says this already, so that its time does not change under those who watch it. */
export function writeKubeconfig(path: string, content: string): void {
  if (readIfThere(path) !== content) writeAtomically(path, content);
}
