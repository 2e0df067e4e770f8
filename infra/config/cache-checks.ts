import { bytes, days, type Duration, milliseconds } from "../../components/core/units";
import { type Check, conflict } from "./check";
import { peerConflicts } from "./peer-checks";
import type { ParsedConfig } from "./schema";

/** Spec 004: the least that production has. */
const LEAST_REPLICAS = 2;
/** Spec 003: how long snapshots are kept. */
const LEAST_RETENTION: Duration = "7 days";
/** Spec 004: what a server's claim has at least. */
const LEAST_STORAGE = "8Gi";
/** Below this there is no room for data (components/cache/memory.ts). */
const LEAST_MEMORY = "64Mi";

const isOurs = ({ cache }: ParsedConfig) => cache.kind === "in-cluster";

const kind: Check = ({ cache }) => {
  if (cache.kind === "existing" && cache.existing === undefined) {
    return [
      conflict(["cache", "existing"], undefined, "host, port and peer of the existing cache", "{}", [
        ["cache", "kind"],
      ]),
    ];
  }
  if (cache.kind === "in-cluster" && cache.existing !== undefined) {
    return [
      conflict(["cache", "kind"], cache.kind, "existing, since cache.existing is set", "existing", [
        ["cache", "existing"],
      ]),
    ];
  }
  return [];
};

const peer: Check = ({ cache: { existing } }) =>
  existing === undefined ? [] : peerConflicts(["cache", "existing", "peer"], existing.peer);

const replicas: Check = (config) => {
  const { replicas: given } = config.cache;
  const at = ["cache", "replicas"];
  if (!isOurs(config)) return [];
  if (given % 2 === 1) {
    return [conflict(at, given, "an even number: with the primary it is odd, and has a majority", String(given + 1))];
  }
  if (config.environment !== "production" || given >= LEAST_REPLICAS) return [];
  return [conflict(at, given, `at least ${LEAST_REPLICAS} in production`, String(LEAST_REPLICAS), [["environment"]])];
};

/** A claim cannot shrink. What it was, nothing here knows (`cache.protect` makes the engine refuse it); less than the spec, it never is. */
const storage: Check = (config) => {
  const given = config.cache.storage;
  if (!isOurs(config) || config.environment !== "production" || bytes(given) >= bytes(LEAST_STORAGE)) return [];
  return [
    conflict(["cache", "storage"], given, `at least ${LEAST_STORAGE} in production`, LEAST_STORAGE, [["environment"]]),
  ];
};

const memory: Check = (config) => {
  const { requests, limits } = config.cache.resources;
  if (!isOurs(config)) return [];
  const at = ["cache", "resources", "limits", "memory"];
  if (bytes(limits.memory) < bytes(LEAST_MEMORY)) {
    return [conflict(at, limits.memory, `at least ${LEAST_MEMORY}`, "512Mi")];
  }
  if (bytes(limits.memory) >= bytes(requests.memory)) return [];
  const request = ["cache", "resources", "requests", "memory"];
  return [
    conflict(at, limits.memory, `at least cache.resources.requests.memory, which is ${requests.memory}`, "512Mi", [
      request,
    ]),
  ];
};

const backup: Check = (config) => {
  const { backup: given } = config.cache;
  if (!isOurs(config)) return [];
  const at = (key: string) => ["cache", "backup", key];
  if (given.kind === "off") {
    if (config.environment !== "production") return [];
    return [conflict(at("kind"), given.kind, "object-store in production", "object-store", [["environment"]])];
  }
  return [
    ...(given.destination === ""
      ? [
          conflict(
            at("destination"),
            undefined,
            "s3://bucket/prefix, or cache.backup.kind off",
            "s3://example-backups/cache",
            [at("kind")],
          ),
        ]
      : []),
    ...(milliseconds(given.retention) < milliseconds(LEAST_RETENTION)
      ? [conflict(at("retention"), given.retention, `at least ${days(LEAST_RETENTION)} days`, LEAST_RETENTION)]
      : []),
  ];
};

/** The images that we choose are pinned; one that somebody else puts in their place has to be as well. */
const images: Check = (config) =>
  !isOurs(config) || config.environment === "local"
    ? []
    : Object.entries(config.cache.images)
        .filter(([, image]) => !/@sha256:[0-9a-f]{64}$/.test(image))
        .map(([name, image]) =>
          conflict(
            ["cache", "images", name],
            image,
            `an image with its digest, registry/name@sha256:<64 hex>, in ${config.environment}`,
            `${image}@sha256:<64 hex>`,
            [["environment"]],
          ),
        );

/** What goes with which kind of cache, and what a cache of ours may not fall below. */
export const cacheChecks: readonly Check[] = [kind, peer, replicas, storage, memory, backup, images];
