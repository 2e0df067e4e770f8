import { GeneratedSecrets } from "../components/security/generated-secrets";
import { GeneratedDelivery, type SecretDelivery } from "../components/security/secret-delivery";
import type { StackConfig } from "./config";

/** What delivers every secret of the stack, by the names that templates use. */
export function secretDelivery({ secrets, registryPassword, slackWebhook }: StackConfig): SecretDelivery {
  const generated = new GeneratedSecrets("secrets", { rotation: secrets.rotation });
  const given = Object.entries({ registryPassword, slackWebhook }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return new GeneratedDelivery({ values: { ...generated.values, ...Object.fromEntries(given) } });
}
