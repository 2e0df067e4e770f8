import type { WireObject } from "./properties";

/** The object is stored, but it is not ready: the state keeps it, with the reasons, and the next update tries again. */
export class InitFailure extends Error {
  constructor(
    readonly id: string,
    readonly properties: WireObject,
    readonly reasons: readonly string[],
    readonly inputs?: WireObject,
  ) {
    super(reasons.join("; "));
    this.name = "InitFailure";
  }
}

/** An operation that did not happen, in words for a person. */
export class OperationError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "OperationError";
  }
}
