export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** How the engine marks a secret in a state; its value is beside the mark, as JSON. */
const MARK = "4dabf18193072939515e22adb298388d";

interface Export {
  readonly deployment: { readonly resources: readonly { readonly type: string; readonly inputs?: unknown }[] };
}

/**
 * The Kubernetes objects that the engine sent to the cluster, as it sent them, in the order in which it made them.
 *
 * @param exported what `pulumi stack export --show-secrets` prints
 */
export function manifestsOf(exported: string): Manifest[] {
  const { deployment } = JSON.parse(exported) as Export;
  return (
    deployment.resources
      // A release of a chart is no object of the API.
      .filter(({ type }) => type.startsWith("kubernetes:") && !type.startsWith("kubernetes:helm.sh/"))
      .map(({ inputs }) => unwrapped(inputs) as Manifest)
  );
}

/** The value without the marks of secrets. */
function unwrapped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unwrapped);
  if (typeof value !== "object" || value === null) return value;
  if (MARK in value && "plaintext" in value) return JSON.parse(String(value.plaintext)) as unknown;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== "__defaults")
      .map(([key, inner]) => [key, unwrapped(inner)]),
  );
}
