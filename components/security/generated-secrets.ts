import { type ComponentResourceOptions, type Output } from "@pulumi/pulumi";
import { RandomBytes } from "@pulumi/random/randomBytes";
import { RandomPassword } from "@pulumi/random/randomPassword";

import { kebabCase } from "../core/names";
import { StackComponent } from "../core/stack-component";
import { type GeneratedSecret, generatedSecrets, secretTable } from "./secret-table";
import { namedVersions } from "./secret-versions";

export interface GeneratedSecretsArgs {
  /** The version of each secret that is in use: raising a number by one makes a new value. */
  readonly rotation: Readonly<Record<GeneratedSecret, number>>;
}

/** How many versions of a secret with neighbours are there at a time. */
const SLOTS = 3;

/**
 * The secrets of the table that can be generated, made once and kept in the encrypted state. A value changes when its number does
 * and at no other time.
 *
 * A secret with neighbours has a resource for each of three versions in turn: a rotation takes the next value, which everybody knew
 * already, into use, keeps the one before, and makes a new next one in the place of the oldest.
 *
 * The trap: a new ENCRYPTION_KEY cannot read what the one before the last encrypted. Rotating is a deliberate act with a runbook,
 * never a side effect.
 */
export class GeneratedSecrets extends StackComponent {
  /** By the names that templates use. */
  readonly values: Readonly<Record<string, Output<string>>>;

  constructor(name: string, args: GeneratedSecretsArgs, options?: ComponentResourceOptions) {
    super("security", name, options);

    this.values = Object.assign(
      {},
      ...generatedSecrets.map((secret) => this.createValues(secret, args.rotation[secret])),
    ) as Record<string, Output<string>>;

    this.registerOutputs({});
  }

  private createValues(secret: GeneratedSecret, rotation: number): Record<string, Output<string>> {
    const known = namedVersions(secret, rotation);
    const made = new Map(
      [...new Set(known.map(({ version }) => version))].map((version) => [version, this.createValue(secret, version)]),
    );
    return Object.fromEntries(
      known.flatMap(({ name, version }) => {
        const value = made.get(version);
        return value === undefined ? [] : [[name, value]];
      }),
    );
  }

  private createValue(secret: GeneratedSecret, version: number): Output<string> {
    const { form, neighbours } = secretTable[secret];
    const slot = neighbours ? ((version - 1) % SLOTS) + 1 : 1;
    const name = `${this.name}-${kebabCase(secret)}${slot === 1 ? "" : `-${slot}`}`;
    const keepers = { rotation: String(version) };
    switch (form.kind) {
      case "hexadecimal":
        return new RandomBytes(name, { length: form.characters / 2, keepers }, this.child()).hex;
      case "password":
        return new RandomPassword(
          name,
          { length: form.characters, special: false, minLower: 1, minUpper: 1, minNumeric: 1, keepers },
          this.child(),
        ).result;
    }
  }
}
