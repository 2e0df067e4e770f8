import { GeneratedSecrets } from "../components/security/generated-secrets";
import { GeneratedDelivery, type SecretDelivery } from "../components/security/secret-delivery";
import type { StackConfig } from "./config";

/** What delivers every secret of the stack, by the names that templates use. */
export function secretDelivery({ secrets, ...config }: StackConfig): SecretDelivery {
  const generated = new GeneratedSecrets("secrets", { rotation: secrets.rotation });
  const { registryPassword, slackWebhook, databasePassword: database } = config;
  // The database's password takes the place of the generated one where somebody else decided on it.
  const given = Object.entries({ registryPassword, slackWebhook, database }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return new GeneratedDelivery({ values: { ...generated.values, ...Object.fromEntries(given) } });
}
