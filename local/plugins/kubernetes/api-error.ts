import { list, text, count, type Json } from "./properties";

/** The API server's answer to a request that it refused. */
export class ApiError extends Error {
  /** HTTP status. */
  readonly code: number;
  /** The machine-readable reason of the Status object, such as `AlreadyExists`. */
  readonly reason: string;
  /** Messages of the single causes, such as one for each field in conflict. */
  readonly causes: readonly { readonly type: string; readonly field: string; readonly message: string }[];
  /** What a NotFound is about, such as `namespaces`. */
  readonly about: string;

  constructor(code: number, status: Json) {
    super(text(status, "message") ?? `HTTP ${code}`);
    this.name = "ApiError";
    this.code = code;
    this.reason = text(status, "reason") ?? "";
    this.about = text(status, "details", "kind") ?? "";
    this.causes = list(status, "details", "causes").map((cause) => ({
      type: text(cause, "reason") ?? "",
      field: text(cause, "field") ?? "",
      message: text(cause, "message") ?? "",
    }));
  }

  /** The Retry-After of the Status in seconds, where there is one. */
  static retryAfter(status: Json): number | undefined {
    return count(status, "details", "retryAfterSeconds");
  }
}

/** The API server cannot be asked at all. */
export class ConnectionError extends Error {
  readonly kind: "unreachable" | "unauthorised" | "certificate";

  constructor(kind: ConnectionError["kind"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ConnectionError";
    this.kind = kind;
  }
}

/** TLS errors that say: this is a server, but not the one whose authority the kubeconfig knows. */
const CERTIFICATE_CODES: ReadonlySet<string> = new Set([
  "CERT_HAS_EXPIRED",
  "CERT_SIGNATURE_FAILURE",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

/** Says in words why `server`, asked as `context`, did not answer. */
export function connectionError(error: unknown, server: string, context: string): ConnectionError {
  const code = errorCode(error);
  if (CERTIFICATE_CODES.has(code) || code.startsWith("ERR_SSL")) {
    return new ConnectionError(
      "certificate",
      `the Kubernetes API server ${server} shows a certificate that the kubeconfig's authority did not sign (${code}): ` +
        `it is another cluster, or this one was made anew. Write the kubeconfig of context "${context}" again.`,
      { cause: error },
    );
  }
  const why = code === "" ? (error instanceof Error ? error.message : "no answer") : code;
  return new ConnectionError(
    "unreachable",
    `the Kubernetes API server ${server} is unreachable (${why}). Start the cluster, or point the provider's ` +
      `kubeconfig and context "${context}" to one that runs.`,
    { cause: error },
  );
}

export function unauthorised(server: string, context: string): ConnectionError {
  return new ConnectionError(
    "unauthorised",
    `the Kubernetes API server ${server} does not accept the credentials of context "${context}" (unauthorised). ` +
      "Renew them, or write the kubeconfig again.",
  );
}
