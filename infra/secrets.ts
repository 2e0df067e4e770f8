import { type ComponentResourceOptions, log, type Resource } from "@pulumi/pulumi";

import { milliseconds } from "../components/core/units";
import { ExternalDelivery } from "../components/security/external-delivery";
import { GeneratedSecrets } from "../components/security/generated-secrets";
import type { OwnedNamespace } from "../components/security/network-policies";
import { GeneratedDelivery, type SecretDelivery } from "../components/security/secret-delivery";
import { SecretStore, type StoreProvider } from "../components/security/secret-store";
import { secretNames, secretTable } from "../components/security/secret-table";
import type { StackConfig } from "./config";

type SecretsConfig = StackConfig["secrets"];

export interface SecretParts {
  readonly namespace: OwnedNamespace;
  /** The External Secrets Operator, where it is ours. */
  readonly after: readonly Resource[];
}

/** What delivers every secret of the stack, by the names that templates use. */
export function secretDelivery(
  config: StackConfig,
  parts: SecretParts,
  options: ComponentResourceOptions,
): SecretDelivery {
  warnOfDueRotations(config.secrets, new Date());
  const provider = storeProvider(config.secrets.store);
  if (provider === undefined) return generatedDelivery(config);

  const { prefix, refreshInterval } = config.secrets.store;
  return new ExternalDelivery({
    store: new SecretStore("secret-store", { ...parts, provider }, options),
    prefix,
    environment: config.environment,
    rotation: config.secrets.rotation,
    refreshInterval,
  });
}

function generatedDelivery({ secrets, ...config }: StackConfig): GeneratedDelivery {
  const generated = new GeneratedSecrets("secrets", { rotation: secrets.rotation });
  const { registryPassword, slackWebhook, databasePassword: database } = config;
  // The database's password takes the place of the generated one where somebody else decided on it.
  const given = Object.entries({ registryPassword, slackWebhook, database }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return new GeneratedDelivery({ values: { ...generated.values, ...Object.fromEntries(given) } });
}

function storeProvider({ kind, ...settings }: SecretsConfig["store"]): StoreProvider | undefined {
  switch (kind) {
    case "generated":
      return undefined;
    case "aws":
      return settings.aws && { kind, ...settings.aws };
    case "vault":
      return settings.vault && { kind, ...settings.vault };
    case "kubernetes":
      return settings.kubernetes && { kind, ...settings.kubernetes };
  }
}

/** The secrets whose version has been in use for longer than the table allows, with the day since when. Those without a date are not judged. */
export function dueRotations({ rotatedOn }: Pick<SecretsConfig, "rotatedOn">, now: Date): readonly string[] {
  return secretNames.flatMap((name) => {
    const made = rotatedOn[name];
    if (made === undefined) return [];
    const due = new Date(Date.parse(made) + milliseconds(secretTable[name].rotateEvery));
    return due <= now ? [`${name} (due since ${due.toISOString().slice(0, 10)})`] : [];
  });
}

function warnOfDueRotations(secrets: SecretsConfig, now: Date): void {
  const due = dueRotations(secrets, now);
  if (due.length > 0) void log.warn(`Secrets to rotate, by docs/runbooks/rotate-secrets.md: ${due.join(", ")}`);
}
