import { z } from "zod";

import { isDnsSubdomain } from "../../components/core/names";
import { perSecret } from "../../components/security/secret-table";
import { choice, dnsLabel, duration, integer, key, keyDocs, text } from "./leaves";

const NEWEST = 1_000_000;

const rotation = z
  .strictObject(
    perSecret((_, { title, form }) =>
      integer(
        1,
        NEWEST,
        form.kind === "given"
          ? `With a store: the version of ${title} to take from it.`
          : `The version of ${title} that is in use; one more is a new value.`,
        2,
      ).default(1),
    ),
  )
  .prefault({});

const rotatedOn = z
  .strictObject(
    perSecret((_, { title, rotateEvery }) =>
      text((value) => z.iso.date().safeParse(value).success, {
        description: `When this version of ${title} was taken into use. \`up\` warns ${rotateEvery} later; left out: it does not.`,
        allowed: "a date, such as 2026-11-24, in quotes where it stands in a file",
        example: "2026-11-24",
      }).optional(),
    ),
  )
  .prefault({});

const https = (description: string, example: string) =>
  text((value) => URL.canParse(value) && value.startsWith("https://"), {
    description,
    allowed: "an https:// address",
    example,
  });

const ca = text((value) => /^-----BEGIN CERTIFICATE-----\n[\s\S]+\n-----END CERTIFICATE-----\s*$/.test(value), {
  description: "The authority that its certificate is verified with.",
  allowed: "certificates in PEM",
  example: "-----BEGIN CERTIFICATE-----…",
});

const pathSegments = (value: string) => /^[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*$/.test(value);

const aws = z
  .strictObject({
    region: text((value) => /^[a-z]{2}(-[a-z]+)+-\d$/.test(value), {
      description: "The region of AWS Secrets Manager.",
      allowed: "a region of AWS",
      example: "eu-central-1",
    }),
    role: text((value) => /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(value), {
      description: "The role that the operator assumes to read. Left out: its own, of EKS Pod Identity.",
      allowed: "the ARN of a role",
      example: "arn:aws:iam::123456789012:role/monitoring-web-service-secrets",
    }).optional(),
  })
  .register(keyDocs, { description: "For kind aws.", allowed: "region, role", example: "{}" });

const vault = z
  .strictObject({
    server: https("Vault's address.", "https://vault.example.com:8200"),
    role: text((value) => /^[\w.-]+$/.test(value), {
      description: "The role of the Kubernetes auth method that may read the secrets.",
      allowed: "letters, digits, dots, dashes, underscores",
      example: "monitoring-web-service",
    }),
    path: text(pathSegments, {
      description: "Where the key-value engine, version 2, is mounted.",
      allowed: "a path without a slash at its ends",
      example: "secret",
    }).default("secret"),
    mountPath: text(pathSegments, {
      description: "Where the Kubernetes auth method is mounted.",
      allowed: "a path without a slash at its ends",
      example: "kubernetes",
    }).default("kubernetes"),
    audience: text((value) => /^\S+$/.test(value), {
      description: "What tokens are made out to, as the role states it: such a token is good for nothing else.",
      allowed: "a text without spaces",
      example: "vault",
    }).default("vault"),
    ca: ca.optional(),
  })
  .register(keyDocs, { description: "For kind vault.", allowed: "server, role, and more", example: "{}" });

const kubernetes = z
  .strictObject({
    namespace: dnsLabel("The namespace with the Secrets.", "monitoring-secrets"),
    server: https(
      "The API server. Left out: the stack's own cluster.",
      "https://kubernetes.example.com:6443",
    ).optional(),
    ca: ca.optional(),
  })
  .register(keyDocs, { description: "For kind kubernetes.", allowed: "namespace, server, ca", example: "{}" });

const store = z
  .strictObject({
    kind: choice(
      ["generated", "aws", "vault", "kubernetes"],
      "Where secrets are kept: `generated` makes them and keeps them in the encrypted state; of the others, the stack knows no value.",
    ).default("generated"),
    prefix: key(z.string().refine(isDnsSubdomain), {
      description: "The first part of the secrets' keys in the store.",
      allowed: "lower-case letters, digits, dashes, dots",
      example: "monitoring-web-service",
    }).default("monitoring-web-service"),
    refreshInterval: duration(
      "How often the operator reads the store and puts a changed or deleted Secret right. A rotation does not wait for it.",
      "1 hour",
    ).default("1 hour"),
    aws: aws.optional(),
    vault: vault.optional(),
    kubernetes: kubernetes.optional(),
  })
  .register(keyDocs, {
    description: "Where secrets come from: docs/secrets.md.",
    allowed: "kind, and the settings of that kind",
    example: "generated",
  })
  .prefault({});

/** The key `secrets`. */
export const secrets = z
  .strictObject({ store, rotation, rotatedOn })
  .register(keyDocs, {
    description: "Where secrets come from, and which of their versions are in use. No secret stands here.",
    allowed: "store, rotation, rotatedOn",
    example: "{}",
  })
  .prefault({});
