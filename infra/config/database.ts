import { z } from "zod";

import { timescaleEditions } from "../../components/data/postgres-parameters";
import { tlsModes } from "../../components/data/database";
import { isDnsSubdomain } from "../../components/core/names";
import type { Bytes, Cpu } from "../../components/core/units";
import {
  choice,
  cpu,
  dnsLabel,
  duration,
  integer,
  isImage,
  key,
  keyDocs,
  memory,
  optionalText,
  port,
  text,
} from "./leaves";
import { peer } from "./peer";

const identifier = (description: string, example: string) =>
  text((value) => /^[a-z_][a-z0-9_]{0,62}$/.test(value), {
    description,
    allowed: "lower-case letters, digits and underscores, at most 63",
    example,
  }).default(example);

const resources = (cpuDefault: Cpu, memoryDefault: Bytes, what: string) =>
  z
    .strictObject({
      cpu: cpu(`CPU that a server ${what}.`).default(cpuDefault),
      memory: memory(`Memory that a server ${what}.`).default(memoryDefault),
    })
    .prefault({});

const volume = (size: Bytes, what: string) =>
  z
    .strictObject({
      size: memory(`The volume ${what}. It can grow, and never shrink.`).default(size),
      class: text(isDnsSubdomain, {
        description: `The storage class of the volume ${what}.`,
        allowed: "a storage class: lower-case letters, digits, dashes and dots",
        example: "fast-ssd",
      }).default("fast-ssd"),
    })
    .prefault({});

/**
 * PostgreSQL and, as an image volume beside it, the Apache-2 edition of TimescaleDB, both by the CloudNativePG project. One line of its
 * catalogue (cloudnative-pg/artifacts, catalog-minimal-trixie of 2026-07-27): what stands in one line was built for each other.
 */
const SERVER_IMAGE =
  "ghcr.io/cloudnative-pg/postgresql:18.4-202607270910-minimal-trixie@sha256:a18aba0ea52ca14b834740f400ae72750e85b0441457ab9dc02233954117bf4e";
export const APACHE_TIMESCALEDB_IMAGE =
  "ghcr.io/cloudnative-pg/timescaledb-oss:2.29.0-202608031105-18-trixie@sha256:82e1b963c79fabd2a73a2a8be31795b16d5ad55bba6b4c9cb1f34e3ac9fed957";

/** What only a server that somebody else runs needs. */
const existing = z
  .strictObject({
    host: text(isDnsSubdomain, {
      description: "The database's host.",
      allowed: "a host name",
      example: "postgresql",
    }).default("postgresql"),
    port: port("The database's port.", 5432).default(5432),
    user: identifier("The user that the services log in as.", "monitoring"),
    tls: choice(tlsModes, "How services connect; anything but verify-full lets someone in between listen.").default(
      "verify-full",
    ),
    peer: peer({ "app.kubernetes.io/name": "postgresql" }),
  })
  .register(keyDocs, {
    description: "The server that somebody else runs, where `kind` is existing.",
    allowed: "host, port, user, tls, peer",
    example: "{}",
  });

/** Daily, and kept for 30 days: spec 003, "Backup Strategy". */
const backup = z
  .strictObject({
    kind: choice(
      ["object-store", "off"],
      "Where backups go. `off` leaves no way back from a mistake: in a local stack only.",
    ).default("object-store"),
    destination: optionalText((value) => /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[\w./-]*)?$/.test(value), {
      description: "The bucket, and a path in it. Whoever made it keeps it: no stack deletes backups.",
      allowed: "s3://bucket/path",
      example: "s3://example-backups/monitoring-web-service",
    }),
    endpoint: optionalText((value) => /^https:\/\/[\w.-]+$/.test(value), {
      description: "The object store's address, where it is not AWS.",
      allowed: "an https:// address without port and path",
      example: "https://s3.example.com",
    }),
    cidrs: key(z.array(z.cidrv4()), {
      description: "The object store's networks, for the network policies. Empty: it is on the Internet.",
      allowed: "a list of IPv4 networks in CIDR notation",
      example: "198.51.100.0/24",
    }).default([]),
    credentials: choice(
      ["pod-identity", "secret"],
      "How servers prove who they are: by their service account, or by keys in a Secret that is there already.",
    ).default("pod-identity"),
    credentialsSecret: optionalText(isDnsSubdomain, {
      description: "That Secret, with the keys ACCESS_KEY_ID and ACCESS_SECRET_KEY.",
      allowed: "an object's name",
      example: "backup-credentials",
    }),
    serviceAccountAnnotations: key(z.record(z.string(), z.string()), {
      description: "Annotations of the servers' service account, where pod identity works by them.",
      allowed: "annotations and their values",
      example: "arn:aws:iam::111122223333:role/backup",
    }).default({}),
    retention: duration("How far back a recovery can go.", "30 days").default("30 days"),
    schedule: text((value) => /^\S+( \S+){5}$/.test(value), {
      description: "When the daily base backup is made.",
      allowed: "a cron schedule of six fields, the first of which are seconds",
      example: "0 30 2 * * *",
    }).default("0 30 2 * * *"),
  })
  .register(keyDocs, {
    description: "Backups of the database.",
    allowed: "kind, destination, and more",
    example: "object-store",
  })
  .prefault({});

/** The key `database`. The numbers are those of spec 004, "Resource Requirements". */
export const database = z
  .strictObject({
    kind: choice(
      ["cloudnative-pg", "existing"],
      "Who runs it: CloudNativePG in the cluster, or somebody else.",
    ).default("cloudnative-pg"),
    name: identifier("The database's name.", "metrics_production"),
    existing: existing.optional(),
    instances: integer(1, 9, "The primary and its replicas. Each needs a node of its own.", 3).default(3),
    resources: z
      .strictObject({
        requests: resources("500m", "1Gi", "is sure of"),
        limits: resources("1000m", "2Gi", "may use at most"),
      })
      .prefault({}),
    storage: volume("100Gi", "of the data"),
    wal: volume("20Gi", "of the write-ahead log"),
    maxConnections: integer(
      50,
      2000,
      "Connections at a time, to one server. Changing it restarts every server.",
      200,
    ).default(200),
    pooler: z
      .strictObject({
        instances: integer(2, 10, "Pods of each pooler, of which one may be drained.", 2).default(2),
        connectionsPerPod: integer(1, 200, "Connections that a pod of a service opens at most.", 10).default(10),
        clientsPerConnection: integer(
          1,
          50,
          "How many of them share a connection to the server: the less of its time one spends in a transaction, the more.",
          8,
        ).default(8),
      })
      .prefault({}),
    image: text(isImage, {
      description:
        "The server's image. Its tag begins with PostgreSQL's version. Another one restarts every server, one after the other.",
      allowed: "registry/name:tag, in anything but a local stack with @sha256:<64 hex>",
      example: SERVER_IMAGE,
    }).default(SERVER_IMAGE),
    timescaledb: z
      .strictObject({
        edition: choice(
          timescaleEditions,
          "`apache-2` is open source, without compression and continuous aggregates; `community` has a licence that you have to accept.",
        ).default("apache-2"),
        image: text((value) => value === "" || isImage(value), {
          description:
            "TimescaleDB's image, mounted beside the server's (Kubernetes 1.35 and containerd 2.1 at least). Empty: the server's image has it built in.",
          allowed: "an image, or nothing",
          example: APACHE_TIMESCALEDB_IMAGE,
        }).default(APACHE_TIMESCALEDB_IMAGE),
      })
      .prefault({}),
    durability: choice(
      ["required", "preferred"],
      "`required`: a confirmed write is on two servers, and waits where no replica is left. `preferred`: it goes on alone.",
    ).default("required"),
    primaryUpdate: choice(
      ["supervised", "unsupervised"],
      "Who lets the primary restart when a change needs it: a person, or the operator at once.",
    ).default("supervised"),
    backup,
    deletionProtection: key(z.boolean(), {
      description: "Refuses to delete or replace the database, by the engine and by the API server.",
      allowed: "true or false",
      example: "true",
    }).default(true),
    operatorNamespace: dnsLabel(
      "The namespace of CloudNativePG's operator, where platform.cloudnativePg.enabled is false: somebody else's.",
      "cnpg-system",
    ).default("cnpg-system"),
  })
  .register(keyDocs, {
    description: "PostgreSQL with TimescaleDB.",
    allowed: "kind, name, and more",
    example: "cloudnative-pg",
  })
  .prefault({});
