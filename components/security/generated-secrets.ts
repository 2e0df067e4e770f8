import { type ComponentResourceOptions, type Output } from "@pulumi/pulumi";
import { RandomBytes } from "@pulumi/random/randomBytes";
import { RandomPassword } from "@pulumi/random/randomPassword";

import { kebabCase } from "../core/names";
import { StackComponent } from "../core/stack-component";
import { type GeneratedSecret, generatedSecrets, secretTable } from "./secret-table";
import { namedVersions, type SecretVersions } from "./secret-versions";

export interface GeneratedSecretsArgs {
  /** Which versions of each secret are there: another number is another value. */
  readonly versions: Readonly<Record<GeneratedSecret, SecretVersions>>;
}

/**
 * The secrets of the table that can be generated, made once and kept in the encrypted state. A value changes when its number does
 * and at no other time.
 *
 * There is room for two values of a secret, one for odd versions and one for even ones: making the next leaves the one in use alone,
 * so that servers and pods can know both while one takes the other's place.
 *
 * The trap: a new ENCRYPTION_KEY cannot read what the old one encrypted, and a new database password has to reach the
 * database before the pods. Rotating is a deliberate act with a runbook, never a side effect.
 */
export class GeneratedSecrets extends StackComponent {
  /** By the names that templates use. */
  readonly values: Readonly<Record<string, Output<string>>>;

  constructor(name: string, args: GeneratedSecretsArgs, options?: ComponentResourceOptions) {
    super("security", name, options);

    this.values = Object.fromEntries(
      generatedSecrets.flatMap((secret) =>
        namedVersions(secret, args.versions[secret]).map((one) => [one.name, this.createValue(secret, one.version)]),
      ),
    );

    this.registerOutputs({});
  }

  private createValue(secret: GeneratedSecret, version: number): Output<string> {
    const name = `${this.name}-${kebabCase(secret)}${version % 2 === 0 ? "-even" : ""}`;
    const keepers = { rotation: String(version) };
    const { form } = secretTable[secret];
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
