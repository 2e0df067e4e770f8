import { type Input, interpolate } from "@pulumi/pulumi";

import { days, milliseconds } from "../components/core/units";
import type { GeneratedSecrets } from "../components/security/generated-secrets";
import { formatAddress } from "./address";
import type { StackConfig } from "./config";
import { RELEASED_SERVICE, type ServiceConfig } from "./config/service";
import type { Derived } from "./derive";

/** The plain part of a service's environment: spec 004, Appendix A, and what the configuration adds to it. */
export function plainEnvironment(
  name: string,
  service: ServiceConfig,
  { application }: StackConfig,
): Record<string, string> {
  return {
    NODE_ENV: "production",
    LOG_LEVEL: application.logLevel,
    ...(name === RELEASED_SERVICE
      ? {
          METRICS_RETENTION_DAYS: String(days(application.metricsRetention)),
          // Milliseconds, as in Appendix A.
          CHART_GENERATION_TIMEOUT: String(milliseconds(application.chartGenerationTimeout)),
          MAX_CONCURRENT_CHARTS: String(application.maxConcurrentCharts),
        }
      : {}),
    ...service.env,
  };
}

/** The secret part: spec 003's variables, of those that the service asks for. */
export function secretEnvironment(
  service: ServiceConfig,
  secrets: GeneratedSecrets,
  { slackWebhook }: StackConfig,
  { database, cache }: Pick<Derived, "database" | "cache">,
): Record<string, Input<string>> {
  const { jwt, csrf, encryptionKey, database: databasePassword, cache: cachePassword } = secrets.values;
  const known: Readonly<Record<ServiceConfig["secrets"][number], readonly [string, Input<string> | undefined]>> = {
    jwt: ["JWT_SECRET", jwt],
    csrf: ["CSRF_SECRET", csrf],
    encryptionKey: ["ENCRYPTION_KEY", encryptionKey],
    database: [
      "DATABASE_URL",
      interpolate`postgresql://${database.user}:${databasePassword}@${formatAddress(database.write)}/${database.name}`,
    ],
    cache: [
      "REDIS_URL",
      interpolate`${cache.tls ? "rediss" : "redis"}://${cache.user}:${cachePassword}@${formatAddress(cache.primary)}/0`,
    ],
    slackWebhook: ["SLACK_WEBHOOK_URL", slackWebhook],
  };
  const environment: Record<string, Input<string>> = {};
  for (const secret of service.secrets) {
    const [variable, value] = known[secret];
    if (value !== undefined) environment[variable] = value;
  }
  return environment;
}
