import { ApiError } from "./api-error";
import { NoSuchKindError } from "./cluster";
import { describe } from "./objects";
import { OperationError } from "./outcome";
import type { JsonObject } from "./properties";

/** What to do about a refusal, by its reason; the server's own message stands before it. */
function remedy(error: ApiError): string {
  switch (error.reason) {
    case "AlreadyExists":
      return "Adopt it with `pulumi import` (or the resource option `import`), give it another name, or set upsertExistingObjects on the provider.";
    case "Conflict":
      return 'Leave the field out of the program or put it into ignoreChanges if the other manager should keep it; annotate the object with pulumi.com/patchForce: "true" to take it.';
    case "Forbidden":
      return "Grant the kubeconfig's user the permission, or change what the admission rules do not allow.";
    default:
      return "";
  }
}

/**
 * Says in words why the API server did not do something with an object; secrets are taken out of its reason.
 * An error that is not about the object is returned as it is.
 */
export function refusal(error: unknown, action: string, item: JsonObject, redact: (message: string) => string): Error {
  if (error instanceof NoSuchKindError) {
    return new OperationError(
      `${describe(item)} cannot be ${action}: ${error.message}. Install the CustomResourceDefinition of this kind first.`,
    );
  }
  if (error instanceof ApiError) {
    const next = remedy(error);
    const reason = error.reason === "" ? `HTTP ${error.code}` : error.reason;
    const message = `${describe(item)} was not ${action}; the API server says (${reason}): ${redact(error.message)}`;
    // No cause: the original message may hold the secrets that were taken out of this one.
    return new OperationError(next === "" ? message : `${message}\n${next}`);
  }
  return error instanceof Error ? error : new Error(String(error));
}
