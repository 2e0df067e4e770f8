import { type ComponentResourceOptions, type Output } from "@pulumi/pulumi";
import { RandomBytes } from "@pulumi/random/randomBytes";
import { RandomPassword } from "@pulumi/random/randomPassword";

import { StackComponent } from "../core/stack-component";
import { generationsOf, type OverlappingName } from "./password-generations";

/** The secrets that we make ourselves. */
export const generatedSecrets = ["jwt", "csrf", "encryptionKey", "database", "cache"] as const;
export type GeneratedSecret = (typeof generatedSecrets)[number];

/** Passwords that are known before and after their time: those of the cache, whose pods take a rotation one by one. */
type OverlappingSecret =
  "cache" | "cacheReplication" | "cacheSentinel" | "cacheProbe" | "cacheExporter" | "cacheBackup";

export interface GeneratedSecretsArgs {
  /** How often each secret was rotated: raising a number by one makes a new value. `cacheInternal` is all that services do not know. */
  readonly rotation: Readonly<Record<GeneratedSecret | "cacheInternal", number>>;
}

/** Characters of JWT_SECRET, hexadecimal (spec 003: `<64_char_random_hex>`); 256 bits, as HS256 asks for at least. */
const JWT_CHARACTERS = 64;
/** Characters of CSRF_SECRET, hexadecimal (spec 003: `<32_char_random_hex>`); 128 bits. */
const CSRF_CHARACTERS = 32;
/** Characters of ENCRYPTION_KEY, hexadecimal (spec 003: `<32_char_random_hex>`); 128 bits, an AES-128 key. */
const ENCRYPTION_KEY_CHARACTERS = 32;
/**
 * Of the database's and the cache's password (spec 003 says `<strong_password>`; the number is ours). 32 letters and digits are
 * 190 bits, and need no escaping in a URL, where the service takes both from.
 */
const PASSWORD_CHARACTERS = 32;

/**
 * The secrets of spec 003, made once and kept in the encrypted state. `rotation` is the keeper of each: a secret changes when
 * its number does and at no other time.
 *
 * The trap: a new ENCRYPTION_KEY cannot read what the old one encrypted, and a new database password has to reach the
 * database before the pods. Rotating is a deliberate act with a runbook, never a side effect.
 */
export class GeneratedSecrets extends StackComponent {
  readonly values: Readonly<Record<GeneratedSecret | OverlappingName<OverlappingSecret>, Output<string>>>;

  constructor(name: string, args: GeneratedSecretsArgs, options?: ComponentResourceOptions) {
    super("security", name, options);

    this.values = {
      jwt: this.createHex("jwt", JWT_CHARACTERS, args.rotation.jwt),
      csrf: this.createHex("csrf", CSRF_CHARACTERS, args.rotation.csrf),
      encryptionKey: this.createHex("encryption-key", ENCRYPTION_KEY_CHARACTERS, args.rotation.encryptionKey),
      database: this.createPassword("database", args.rotation.database),
      ...this.createOverlapping("cache", args.rotation.cache),
      ...this.createOverlapping("cacheReplication", args.rotation.cacheInternal),
      ...this.createOverlapping("cacheSentinel", args.rotation.cacheInternal),
      ...this.createOverlapping("cacheProbe", args.rotation.cacheInternal),
      ...this.createOverlapping("cacheExporter", args.rotation.cacheInternal),
      ...this.createOverlapping("cacheBackup", args.rotation.cacheInternal),
    };

    this.registerOutputs({});
  }

  private createHex(suffix: string, characters: number, rotation: number): Output<string> {
    return new RandomBytes(
      `${this.name}-${suffix}`,
      { length: characters / 2, keepers: { rotation: String(rotation) } },
      this.child(),
    ).hex;
  }

  private createOverlapping<Name extends OverlappingSecret>(
    name: Name,
    rotation: number,
  ): Readonly<Record<OverlappingName<Name>, Output<string>>> {
    const suffix = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const made = generationsOf(name, rotation).map(
      ({ key, slot, generation }) => [key, this.createPassword(`${suffix}${slot}`, generation)] as const,
    );
    return Object.fromEntries(made) as Record<OverlappingName<Name>, Output<string>>;
  }

  private createPassword(suffix: string, rotation: number): Output<string> {
    return new RandomPassword(
      `${this.name}-${suffix}`,
      {
        length: PASSWORD_CHARACTERS,
        special: false,
        minLower: 1,
        minUpper: 1,
        minNumeric: 1,
        keepers: { rotation: String(rotation) },
      },
      this.child(),
    ).result;
  }
}
