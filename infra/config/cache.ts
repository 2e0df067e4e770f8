import { z } from "zod";

import { isDnsSubdomain } from "../../components/core/names";
import { choice, cidr, cpu, duration, image, integer, key, keyDocs, memory, optionalText, port, text } from "./leaves";
import { peer } from "./peer";

/** Spec 004, "Resource Requirements": what one server of the cache takes. */
const resources = (cpuDefault: "100m" | "200m", memoryDefault: "256Mi" | "512Mi", what: string) =>
  z
    .strictObject({
      cpu: cpu(`CPU that a server of the cache ${what}.`).default(cpuDefault),
      memory: memory(`Memory that a server of the cache ${what}.`).default(memoryDefault),
    })
    .prefault({});

/** Spec 004: one primary and two replicas. Spec 003: Redis 7 or newer; daily snapshots, kept for 7 days. */
const inCluster = {
  replicas: integer(
    0,
    6,
    "Replicas beside the primary. Even: servers vote, and an odd number has a majority.",
    2,
  ).default(2),
  resources: z
    .strictObject({
      requests: resources("100m", "256Mi", "is sure of"),
      limits: resources("200m", "512Mi", "may use at most"),
    })
    .prefault({}),
  storage: memory("The claim of each server of the cache. To be made larger only: docs/runbooks/cache.md.").default(
    "8Gi",
  ),
  storageClass: text(isDnsSubdomain, {
    description: "The class of the cache's claims.",
    allowed: "the name of a StorageClass",
    example: "fast-ssd",
  }).default("fast-ssd"),
  protect: key(z.boolean(), {
    description: "Whether the engine refuses to delete or replace the cache's servers.",
    allowed: "true or false",
    example: "true",
  }).default(true),
  images: z
    .strictObject({
      valkey: image.default(
        "docker.io/valkey/valkey:9.1.2-alpine3.24@sha256:ccfa19b0d743e48927e1c8c14e39e0acb97b5cea347fef0bfe340247fea920cd",
      ),
      exporter: image.default(
        "docker.io/oliver006/redis_exporter:v1.92.1@sha256:7fbc93d30f0f91eed1b2fe6968a956259cc5d260a984dd9071f1d1e9c2692ecd",
      ),
      proxy: image.default(
        "docker.io/library/haproxy:3.2.21-alpine3.24@sha256:66e25cc9a8332635f4e897f7f4b1e5622c25f09f0ee23cddc6ce9bdb3a24772a",
      ),
      copier: image.default(
        "docker.io/rclone/rclone:1.75.1@sha256:45401ad7410db1d67ffdb58e19059ad20b0d8e0285a60e38bbec55cc1019c7a5",
      ),
    })
    .register(keyDocs, {
      description: "The cache's images, pinned. Valkey is 9.1 or newer: an older one does not know all of valkey.conf.",
      allowed: "valkey, exporter, proxy, copier",
      example: "{}",
    })
    .prefault({}),
  backup: z
    .strictObject({
      kind: choice(["object-store", "off"], "Whether snapshots of the cache are kept elsewhere.").default(
        "object-store",
      ),
      destination: optionalText((value) => /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[\w.-]+)*$/.test(value), {
        description: "The bucket, and the prefix in it, that snapshots of the cache go to.",
        allowed: "s3://bucket/prefix",
        example: "s3://example-backups/cache",
      }),
      region: text((value) => /^[a-z0-9-]{1,32}$/.test(value), {
        description: "The bucket's region.",
        allowed: "the name of a region",
        example: "eu-central-1",
      }).default("us-east-1"),
      endpoint: optionalText((value) => URL.canParse(value) && /^https:\/\/[^/@]+$/.test(value), {
        description: "The object store's address, where it is not AWS's.",
        allowed: "an https:// address without a path",
        example: "https://objects.example.com",
      }),
      networks: z
        .array(cidr)
        .register(keyDocs, {
          description: "Where the object store is, for the network policies. Empty: on the Internet.",
          allowed: "a list of IPv4 networks in CIDR notation",
          example: "203.0.113.0/24",
        })
        .default([]),
      credentialsSecret: optionalText(isDnsSubdomain, {
        description: "A Secret whose key `credentials` is a file as AWS's tools read it. Empty: the pod's identity.",
        allowed: "an object's name",
        example: "cache-backup-credentials",
      }),
      schedule: text((value) => /^(\S+ ){4}\S+$/.test(value), {
        description: "When a snapshot is taken, in UTC, as cron writes it.",
        allowed: "five fields of cron",
        example: "17 2 * * *",
      }).default("17 2 * * *"),
      retention: duration("How long a snapshot is kept.", "7 days").default("7 days"),
    })
    .register(keyDocs, {
      description: "The cache's daily snapshots.",
      allowed: "kind and destination, and more",
      example: "off",
    })
    .prefault({}),
};

/** The key `cache`. */
export const cache = z
  .strictObject({
    kind: choice(
      ["in-cluster", "existing"],
      "Who runs the cache: `in-cluster` is this stack, with Valkey and Sentinel; `existing` is somebody else.",
    ).default("in-cluster"),
    existing: z
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
        description: "Where an existing cache is.",
        allowed: "host, port and peer",
        example: "{}",
      })
      .optional(),
    ...inCluster,
  })
  .register(keyDocs, {
    description: "The cache (Redis protocol), as the services reach it.",
    allowed: "kind, and what belongs to it",
    example: "in-cluster",
  })
  .prefault({});
