import { type SecretName } from "./secret-table";

/** Which versions of a secret are there. A version is a number that never gets another value. */
export interface SecretVersions {
  /** What pods use. */
  readonly used: number;
  /**
   * What is accepted beside it: the version before, or the next one while it is made and not rolled out yet.
   *
   * @default none: the secret was never rotated
   */
  readonly alternate?: number;
}

export type AllSecretVersions = Readonly<Record<SecretName, SecretVersions>>;

/**
 * @param rotation the newest version
 * @param rolledOut the one that pods use: the newest or the one before
 */
export function secretVersions(rotation: number, rolledOut: number = rotation): SecretVersions {
  const alternate = rolledOut === rotation ? rotation - 1 : rotation;
  return { used: rolledOut, ...(alternate < 1 ? {} : { alternate }) };
}

/** What templates call the alternate of a secret. */
export function alternateName<Name extends SecretName>(name: Name): `${Name}Alternate` {
  return `${name}Alternate`;
}

/** A version as a template calls it. */
export interface NamedVersion {
  /** What templates call it. */
  readonly name: string;
  readonly secret: SecretName;
  readonly version: number;
}

/** What templates may name of one secret. */
export function namedVersions(secret: SecretName, { used, alternate }: SecretVersions): readonly NamedVersion[] {
  return [
    { name: secret, secret, version: used },
    ...(alternate === undefined ? [] : [{ name: alternateName(secret), secret, version: alternate }]),
  ];
}
