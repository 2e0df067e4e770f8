import { z } from "zod";

import { isHostName, isLabelValue, serviceNameLimit } from "../../components/core/names";
import { formPattern, secretTable } from "../../components/security/secret-table";
import { colours } from "../../components/workload/settings";
import { cache } from "./cache";
import { database } from "./database";
import { choice, dnsLabel, duration, image, integer, keyDocs, optionalText, text, version } from "./leaves";
import { network } from "./network";
import { platform } from "./platform";
import { secrets } from "./secrets";
import { otherService, RELEASED_SERVICE, releasedService } from "./service";
import { storage } from "./storage";
import { tls } from "./tls";
import { traffic } from "./traffic";

const colour = z
  .strictObject({
    image,
    version,
    replicas: integer(
      0,
      100,
      "A fixed number of pods instead of the autoscaler; 0 keeps it without pods.",
      0,
    ).optional(),
  })
  .register(keyDocs, {
    description: "A colour of the service. Left out: it does not exist.",
    allowed: "an image and a version",
    example: "1.0.0",
  });

/** Every key of the stack's configuration. `Pulumi.yaml` declares the same top-level keys; a test holds the two together. */
export const schema = z.strictObject({
  environment: choice(["local", "staging", "production"], "What the stack is for; the namespace's label."),
  namespace: dnsLabel("The namespace that everything is in.", "monitoring-web-service-prod").default(
    "monitoring-web-service-prod",
  ),
  cluster: z
    .strictObject({
      kind: choice(["existing"], "Who runs the cluster: `existing` is somebody else."),
      kubeconfig: text((value) => value.length > 0 && !value.includes("\n"), {
        description:
          "The kubeconfig file; a relative path starts at the project's root. The ambient one is never read.",
        allowed: "the path of a file",
        example: "/home/me/.kube/staging",
      }),
      context: text((value) => value.length > 0, {
        description: "The context in it.",
        allowed: "the name of a context",
        example: "staging",
      }),
      identifier: text(isLabelValue, {
        description:
          "What makes it this cluster: another name means replacing everything in it. Left out: the context's name.",
        allowed: "letters, digits, dots, dashes, at most 63",
        example: "staging",
      }).optional(),
    })
    .register(keyDocs, {
      description: "The cluster that the stack runs on.",
      allowed: "kind, kubeconfig and context",
      example: "existing",
    }),
  traffic,
  tls,
  release: z
    .strictObject({
      active: choice(colours, "The colour that users reach. Changing it is the cutover."),
      blue: colour.optional(),
      green: colour.optional(),
    })
    .register(keyDocs, {
      description: "What runs in which colour, and which one is live. Edited by the release tool.",
      allowed: "active, and blue or green or both",
      example: "blue",
    }),
  application: z
    .strictObject({
      logLevel: choice(["info", "debug", "warn", "error"], "LOG_LEVEL.").default("info"),
      metricsRetention: duration("How long metrics are kept: METRICS_RETENTION_DAYS.", "90 days").default("90 days"),
      chartGenerationTimeout: duration("The longest a chart may take: CHART_GENERATION_TIMEOUT.", "30 s").default(
        "30 s",
      ),
      maxConcurrentCharts: integer(1, 1000, "MAX_CONCURRENT_CHARTS.", 10).default(10),
    })
    .register(keyDocs, {
      description: "What the service itself is told (spec 004, Appendix A).",
      allowed: "logLevel, metricsRetention, chartGenerationTimeout, maxConcurrentCharts",
      example: "info",
    })
    .prefault({}),
  services: z
    .object({ [RELEASED_SERVICE]: releasedService.prefault({}) })
    .catchall(otherService)
    .register(keyDocs, {
      description: `The services by name: ${RELEASED_SERVICE}, and any others, which also have an image and a version.`,
      allowed: `settings by service; a name has at most ${serviceNameLimit} lower-case letters, digits and dashes`,
      example: "{}",
    })
    .prefault({}),
  platform,
  storage,
  database,
  cache,
  network,
  monitoring: z
    .strictObject({
      namespace: dnsLabel("The namespace that Prometheus is in.", "monitoring").default("monitoring"),
    })
    .register(keyDocs, { description: "Who watches.", allowed: "namespace", example: "monitoring" })
    .prefault({}),
  secrets,
  registry: z
    .strictObject({
      server: optionalText((value) => isHostName(value.replace(/:\d{1,5}$/, "")), {
        description: "The registry's host. Empty: images are pulled without credentials.",
        allowed: "a host name, with a port or without",
        example: "registry.example.com",
      }),
      username: optionalText((value) => !/\s|\{\{|\}\}/.test(value), {
        description: "Who pulls.",
        allowed: "a user name without spaces and double braces",
        example: "robot",
      }),
    })
    .register(keyDocs, {
      description: "Where images are pulled from, if that needs credentials.",
      allowed: "server and username",
      example: "registry.example.com",
    })
    .prefault({}),
  registryPassword: optionalText((value) => new RegExp(formPattern(secretTable.registryPassword.form)).test(value), {
    description: "The password that pulls images. Empty: none.",
    allowed: `${secretTable.registryPassword.form.allowed}, as a Pulumi secret`,
    example: "",
    secret: true,
  }),
  databasePassword: optionalText((value) => /^[\w.~-]+$/.test(value), {
    description: "The services' password, where somebody else runs the database. Empty: one is generated.",
    allowed: "letters, digits and . _ ~ -, as a Pulumi secret",
    example: "",
    secret: true,
  }),
  slackWebhook: optionalText((value) => new RegExp(formPattern(secretTable.slackWebhook.form)).test(value), {
    description: "Where notifications go. Empty: nowhere.",
    allowed: `${secretTable.slackWebhook.form.allowed}, as a Pulumi secret`,
    example: "",
    secret: true,
  }),
});

/** The keys that hold a secret: only ever as Pulumi secrets. */
export const secretKeys = ["registryPassword", "databasePassword", "slackWebhook"] as const;

export type ParsedConfig = z.infer<typeof schema>;
