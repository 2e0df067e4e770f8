import { days, milliseconds } from "../components/core/units";
import type { Address, DatabaseDescription, DatabaseUser } from "../components/data/database";
import type { SecretTemplate } from "../components/security/secret-delivery";
import type { SecretName } from "../components/security/secret-table";
import { type TrustedCa, trustedCaFile } from "../components/workload/pod";
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

/** The secret part: spec 003's variables, of those that the service asks for, as templates around the secrets' names. */
export function secretEnvironment(
  service: ServiceConfig,
  { database, cache }: Pick<Derived, "database" | "cache">,
): Readonly<Record<string, SecretTemplate>> {
  const known: Readonly<Record<ServiceConfig["secrets"][number], Readonly<Record<string, SecretTemplate>>>> = {
    jwt: withNeighbours("JWT_SECRET", "jwt"),
    csrf: withNeighbours("CSRF_SECRET", "csrf"),
    encryptionKey: withNeighbours("ENCRYPTION_KEY", "encryptionKey"),
    database: {
      DATABASE_URL: databaseUrl(database, database.user, database.write),
      DATABASE_READ_URL: databaseUrl(database, database.reader, database.read),
    },
    cache: {
      REDIS_URL: `${cache.tls ? "rediss" : "redis"}://${cache.user}:{{ .cache }}@${formatAddress(cache.primary)}/0`,
    },
    slackWebhook: { SLACK_WEBHOOK_URL: "{{ .slackWebhook }}" },
  };
  return Object.fromEntries(service.secrets.flatMap((secret) => Object.entries(known[secret])));
}

/** The service makes what is new with the first, and accepts what any of the three made. */
function withNeighbours(variable: string, secret: SecretName): Readonly<Record<string, SecretTemplate>> {
  return {
    [variable]: `{{ .${secret} }}`,
    [`${variable}_PREVIOUS`]: `{{ .${secret}Previous }}`,
    [`${variable}_NEXT`]: `{{ .${secret}Next }}`,
  };
}

/** Whose certificates a service has to trust beside those that everyone knows: where both servers are ours, it is the same authority. */
export function trustedCa(
  service: ServiceConfig,
  { database, cache }: Pick<Derived, "database" | "cache">,
): TrustedCa | undefined {
  const wanted = [
    service.secrets.includes("database") ? database.trustedCa : undefined,
    service.secrets.includes("cache") ? cache.trustedCa : undefined,
  ];
  return wanted.find((authority) => authority !== undefined);
}

/** A server with a certificate of the stack's own authority is checked against that one alone. */
function databaseUrl(
  { name, tls, trustedCa: authority }: DatabaseDescription,
  user: DatabaseUser,
  address: Address,
): SecretTemplate {
  const root = authority === undefined ? "" : `&sslrootcert=${trustedCaFile(authority)}`;
  return `postgresql://${user.name}:{{ .${user.password} }}@${formatAddress(address)}/${name}?sslmode=${tls}${root}`;
}
