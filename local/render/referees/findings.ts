import type { Manifest } from "../manifests";

export type RefereeName = "kube-score" | "checkov";

/** What a referee holds against one object. */
export interface Finding {
  readonly referee: RefereeName;
  /** The referee's own name of the check. */
  readonly check: string;
  /** In the referee's words. */
  readonly says: string;
  readonly stack: string;
  readonly object: Manifest;
}

/** A render in the folder that it was written to. */
export interface Judged {
  readonly stack: string;
  readonly folder: string;
  readonly manifests: readonly Manifest[];
}
