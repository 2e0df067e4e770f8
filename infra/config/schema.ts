import { z } from "zod";

import { isDnsSubdomain, isHostName, isLabelValue, serviceNameLimit } from "../../components/core/names";
import { colours } from "../../components/workload/settings";
import {
  choice,
  cidr,
  dnsLabel,
  duration,
  host,
  image,
  integer,
  keyDocs,
  optionalText,
  podLabels,
  port,
  text,
  version,
} from "./leaves";
import { otherService, RELEASED_SERVICE, releasedService } from "./service";

/** A peer outside of the stack, as the network policies see it. */
const peer = (labels: Readonly<Record<string, string>>) =>
  z
    .strictObject({
      cidrs: z.array(cidr).min(1).optional(),
      namespace: dnsLabel("Its namespace. Left out: the stack's own.", "databases").optional(),
      podLabels: podLabels("What its pods are selected by.").optional(),
    })
    .register(keyDocs, {
      description: "Where it is: pods by their labels, or networks. A network policy cannot name hosts.",
      allowed: "podLabels and namespace, or cidrs",
      example: JSON.stringify({ podLabels: labels }),
    })
    .default({ podLabels: { ...labels } });

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

const rotation = (what: string) =>
  integer(1, 1_000_000, `How often ${what} was made; one more makes a new one.`, 2).default(1);

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
  traffic: z
    .strictObject({
      kind: choice(["ingress"], "How traffic comes in: `ingress` is the F5 NGINX Ingress Controller."),
      host: host("The host that users call.", "metrics.example.com"),
      previewHost: host(
        "The host that leads to the idle colour. Left out: preview.<host>.",
        "preview.metrics.example.com",
      ).optional(),
      previewAllowedCidrs: z
        .array(cidr)
        .register(keyDocs, {
          description: "The operators' networks, which alone reach the preview. May be empty in a local stack only.",
          allowed: "a list of IPv4 networks in CIDR notation",
          example: "203.0.113.0/24",
        })
        .default([]),
      tls: z
        .strictObject({
          secretName: text(isDnsSubdomain, {
            description: "The Secret with the certificate of both hosts.",
            allowed: "an object's name",
            example: "monitoring-web-service-tls",
          }).default("monitoring-web-service-tls"),
        })
        .prefault({}),
      ingressClass: dnsLabel("The controller's ingress class.", "nginx").default("nginx"),
      controllerNamespace: dnsLabel("The controller's namespace, for the network policies.", "nginx-ingress").default(
        "nginx-ingress",
      ),
      controllerLabels: podLabels("What the controller's pods are selected by.").default({
        "app.kubernetes.io/name": "nginx-ingress",
      }),
    })
    .register(keyDocs, {
      description: "How traffic gets to the service.",
      allowed: "kind and host, and more",
      example: "ingress",
    }),
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
  database: z
    .strictObject({
      host: text(isDnsSubdomain, {
        description: "The database's host.",
        allowed: "a host name",
        example: "postgresql",
      }).default("postgresql"),
      port: port("The database's port.", 5432).default(5432),
      name: text((value) => /^[a-z_][a-z0-9_]{0,62}$/.test(value), {
        description: "The database's name.",
        allowed: "lower-case letters, digits and underscores, at most 63",
        example: "metrics_production",
      }).default("metrics_production"),
      user: text((value) => /^[a-z_][a-z0-9_]{0,62}$/.test(value), {
        description: "The user that the services log in as.",
        allowed: "lower-case letters, digits and underscores, at most 63",
        example: "monitoring",
      }).default("monitoring"),
      peer: peer({ "app.kubernetes.io/name": "postgresql" }),
    })
    .register(keyDocs, {
      description: "PostgreSQL, as the services reach it.",
      allowed: "host, port, name, user, peer",
      example: "postgresql",
    })
    .prefault({}),
  cache: z
    .strictObject({
      host: text(isDnsSubdomain, {
        description: "The cache's host.",
        allowed: "a host name",
        example: "redis",
      }).default("redis"),
      port: port("The cache's port.", 6379).default(6379),
      peer: peer({ "app.kubernetes.io/name": "redis" }),
    })
    .register(keyDocs, {
      description: "The cache (Redis protocol), as the services reach it.",
      allowed: "host, port, peer",
      example: "redis",
    })
    .prefault({}),
  monitoring: z
    .strictObject({
      namespace: dnsLabel("The namespace that Prometheus is in.", "monitoring").default("monitoring"),
    })
    .register(keyDocs, { description: "Who watches.", allowed: "namespace", example: "monitoring" })
    .prefault({}),
  secrets: z
    .strictObject({
      rotation: z
        .strictObject({
          jwt: rotation("JWT_SECRET"),
          csrf: rotation("CSRF_SECRET"),
          encryptionKey: rotation("ENCRYPTION_KEY"),
          database: rotation("the database's password"),
          cache: rotation("the cache's password"),
        })
        .prefault({}),
    })
    .register(keyDocs, {
      description: "The rotation of generated secrets. No secret stands here.",
      allowed: "rotation",
      example: "2",
    })
    .prefault({}),
  registry: z
    .strictObject({
      server: optionalText((value) => isHostName(value.replace(/:\d{1,5}$/, "")), {
        description: "The registry's host. Empty: images are pulled without credentials.",
        allowed: "a host name, with a port or without",
        example: "registry.example.com",
      }),
      username: optionalText((value) => !/\s/.test(value), {
        description: "Who pulls.",
        allowed: "a user name",
        example: "robot",
      }),
    })
    .register(keyDocs, {
      description: "Where images are pulled from, if that needs credentials.",
      allowed: "server and username",
      example: "registry.example.com",
    })
    .prefault({}),
  registryPassword: optionalText((value) => value.length >= 8, {
    description: "The password that pulls images. Empty: none.",
    allowed: "at least 8 characters, as a Pulumi secret",
    example: "",
    secret: true,
  }),
  slackWebhook: optionalText((value) => URL.canParse(value) && value.startsWith("https://"), {
    description: "Where notifications go. Empty: nowhere.",
    allowed: "an https:// address, as a Pulumi secret",
    example: "",
    secret: true,
  }),
});

/** The keys that hold a secret: only ever as Pulumi secrets. */
export const secretKeys = ["registryPassword", "slackWebhook"] as const;

export type ParsedConfig = z.infer<typeof schema>;
