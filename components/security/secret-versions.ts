import { type SecretName, secretTable } from "./secret-table";

/** A version of a secret as a template calls it. A version is a number that never gets another value. */
export interface NamedVersion {
  /** What templates call it: `cache`, `cachePrevious`, `cacheNext`. */
  readonly name: string;
  readonly secret: SecretName;
  readonly version: number;
}

/**
 * What templates may name of one secret: the version in use and, where who checks it takes neighbours, the one before and the next.
 *
 * Pods take a rotation one after the other. In the middle of it a pod that uses the old version meets one that uses the new; since
 * each knows the neighbours of its own, neither refuses the other. The version before the first one is the first one.
 */
export function namedVersions(secret: SecretName, version: number): readonly NamedVersion[] {
  const current = { name: secret, secret, version };
  if (!secretTable[secret].neighbours) return [current];
  return [
    { name: `${secret}Previous`, secret, version: Math.max(1, version - 1) },
    current,
    { name: `${secret}Next`, secret, version: version + 1 },
  ];
}
