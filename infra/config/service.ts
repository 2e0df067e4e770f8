import { z } from "zod";

import { isDnsSubdomain } from "../../components/core/names";
import type { Bytes, Cpu, Duration } from "../../components/core/units";
import { choice, cpu, dnsLabel, duration, image, integer, key, keyDocs, memory, port, text, version } from "./leaves";

/** The service that is released in colours; every other one is rolled in place. */
export const RELEASED_SERVICE = "monitoring-web-service";

const probe = (period: Duration, timeout: Duration, failures: number) =>
  z
    .strictObject({
      period: duration("How often it asks.", period).default(period),
      timeout: duration("How long it waits for an answer.", timeout).default(timeout),
      failures: integer(1, 120, "How many failures in a row count.", failures).default(failures),
    })
    .prefault({});

const resources = (cpuDefault: Cpu, memoryDefault: Bytes, what: string) =>
  z
    .strictObject({
      cpu: cpu(`CPU that a pod ${what}.`).default(cpuDefault),
      memory: memory(`Memory that a pod ${what}.`).default(memoryDefault),
    })
    .prefault({});

const CREDENTIAL_NAME = /(PASSWORD|PASSWD|SECRET|TOKEN|CREDENTIAL|PRIVATE_KEY|API_KEY)/i;
const CREDENTIAL_VALUE = /:\/\/[^/@\s]*:[^/@\s]+@/;

const environmentValue = text((value) => !CREDENTIAL_VALUE.test(value), {
  description: "A plain environment variable.",
  allowed: "plain text without a password in it; secrets go through `secrets`",
  example: "value",
  // Somebody may have put a password here: that is the fault to report, not to repeat.
  secret: true,
});

const environmentName = z
  .string()
  .refine((value) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(value) && !CREDENTIAL_NAME.test(value));

export const secretNames = ["jwt", "csrf", "encryptionKey", "database", "cache", "slackWebhook"] as const;

/** The settings that every service has. The numbers are those of spec 004, "Resource Requirements" and "High Availability". */
const serviceShape = {
  port: port("The port that the service answers on.", 3000).default(3000),
  metricsPort: port("The port that Prometheus scrapes.", 9090).default(9090),
  resources: z
    .strictObject({
      requests: resources("100m", "256Mi", "is sure of"),
      limits: resources("500m", "512Mi", "may use at most"),
    })
    .prefault({}),
  replicas: integer(0, 100, "A fixed number of pods instead of the autoscaler.", 3).optional(),
  autoscaling: z
    .strictObject({
      minReplicas: integer(1, 100, "The fewest pods.", 3).default(3),
      maxReplicas: integer(1, 100, "The most pods. Each needs a node of its own.", 10).default(10),
      cpuTarget: integer(1, 100, "Mean CPU usage to keep, in per cent of the request.", 70, " %").default(70),
      memoryTarget: integer(1, 100, "Mean memory usage to keep, in per cent of the request.", 80, " %").default(80),
    })
    .prefault({}),
  minAvailable: integer(0, 99, "Pods that a node's drain must leave running.", 2).default(2),
  probes: z
    .strictObject({
      path: text((value) => /^\/[\w./-]*$/.test(value), {
        description: "What the probes ask for.",
        allowed: "an absolute path",
        example: "/health",
      }).default("/health"),
      startup: probe("2 s", "2 s", 30),
      readiness: probe("5 s", "3 s", 3),
      liveness: probe("10 s", "5 s", 6),
    })
    .prefault({}),
  shutdown: z
    .strictObject({
      preStop: duration("From leaving the endpoints to SIGTERM.", "15 s").default("15 s"),
      longestRequest: duration("The longest answer that must not be cut off.", "30 s").default("30 s"),
      gracePeriod: duration("From leaving the endpoints to SIGKILL.", "60 s").default("60 s"),
    })
    .prefault({}),
  rolloutTimeout: duration("How long pods may take to become ready before `pulumi up` fails.", "15 minutes").default(
    "15 minutes",
  ),
  runAsUser: integer(1, 65_535, "The user and group that the container runs as; never root.", 10_001).default(10_001),
  tmpSize: memory("The size of /tmp, the only writable folder.").default("64Mi"),
  env: key(z.record(environmentName, environmentValue), {
    description: "Further plain environment variables.",
    allowed: "names of letters, digits and underscores that do not sound like a secret, and their values",
    example: "value",
  }).default({}),
  apiAccess: z
    .array(
      z.strictObject({
        apiGroup: text((value) => value === "" || isDnsSubdomain(value), {
          description: 'The API group; "" is the core group.',
          allowed: "an API group",
          example: "apps",
        }),
        resource: text((value) => /^[a-z]+(\/[a-z]+)?$/.test(value), {
          description: "The kind of object, in plural.",
          allowed: "a resource in lower case, without wildcard",
          example: "configmaps",
        }),
        names: z.array(
          text(isDnsSubdomain, { description: "An object.", allowed: "an object's name", example: "release-record" }),
        ),
        verbs: z.array(choice(["get", "update", "patch", "delete"], "A verb that a name limits.")),
      }),
    )
    .register(keyDocs, {
      description: "What the service may do with the Kubernetes API; without it, its pods have no token.",
      allowed: "a list of permissions on named objects",
      example: "[]",
    })
    .default([]),
};

const egress = (defaults: readonly string[]) =>
  key(z.array(dnsLabel("database, cache, https, or the name of another service.", "database")), {
    description: "What the service may call.",
    allowed: "database, cache, https, or names of other services",
    example: "https",
  }).default([...defaults]);

const secrets = (defaults: readonly (typeof secretNames)[number][]) =>
  z.array(choice(secretNames, "A secret that the service gets as an environment variable.")).default([...defaults]);

export const releasedService = z.strictObject({
  ...serviceShape,
  egress: egress(["database", "cache", "https"]),
  secrets: secrets(["jwt", "csrf", "encryptionKey", "database", "cache"]),
});

export const otherService = z.strictObject({
  image,
  version,
  ...serviceShape,
  egress: egress([]),
  secrets: secrets([]),
});

/** What every service has, released in colours or not. */
export type ServiceConfig = z.infer<typeof releasedService>;
