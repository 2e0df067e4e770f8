import type { Conflict } from "../../components/core/errors";
import { DATABASE_OPERATOR_NAMESPACE } from "../../components/cluster/addons/cloudnative-pg";
import { bytes, days, formatBytes, millicores } from "../../components/core/units";
import { connectionsNeeded } from "../../components/data/connection-pools";
import { LEAST_WORK_MEM, leastMemoryLimit, memoryPlan } from "../../components/data/postgres-parameters";
import { type Check, conflict } from "./check";
import { APACHE_TIMESCALEDB_IMAGE } from "./database";
import { poolDemand } from "./pool-demand";
import type { ParsedConfig } from "./schema";

/** How long backups are kept at least: spec 003, "Backup Strategy" (days). */
const LEAST_RETENTION = 30;

/** What spec 004 gives each instance. */
const SPECIFIED_STORAGE = "100Gi";

/** `max_wal_size` and the rest of PostgreSQL's own needs have no room below. */
const LEAST_WAL_VOLUME = "2Gi";

/** The shortest password that somebody else may have decided on (characters). 20 of 64 letters, digits and signs are 120 bits. */
const LEAST_PASSWORD = 20;

type Database = ParsedConfig["database"];

/** A rule about a database of our own making. */
function ofCluster(rule: (database: Database, config: ParsedConfig) => readonly Conflict[]): Check {
  return (config) => (config.database.kind === "cloudnative-pg" ? rule(config.database, config) : []);
}

/** What goes with which kind. */
const kinds: Check = ({ database: { kind, existing } }) => {
  if ((kind === "existing") === (existing !== undefined)) return [];
  const reads = [["database", "kind"]];
  return kind === "existing"
    ? [
        conflict(
          ["database", "existing"],
          undefined,
          "host, port, user, tls, peer, where database.kind is existing",
          "{}",
          reads,
        ),
      ]
    : [
        conflict(["database", "kind"], kind, "existing, where database.existing is set", "existing", [
          ["database", "existing"],
        ]),
      ];
};

/** Where the operator is, nobody has to say of the one that the stack installs. */
const operatorNamespace = ofCluster(({ operatorNamespace: namespace }, { platform }) =>
  !platform.cloudnativePg.enabled || namespace === DATABASE_OPERATOR_NAMESPACE
    ? []
    : [
        conflict(
          ["database", "operatorNamespace"],
          namespace,
          `${DATABASE_OPERATOR_NAMESPACE} where platform.cloudnativePg.enabled is true: the stack installs the operator there`,
          DATABASE_OPERATOR_NAMESPACE,
          [["platform", "cloudnativePg", "enabled"]],
        ),
      ],
);

const instances = ofCluster(({ instances: count }, { environment }) =>
  environment !== "production" || count >= 2
    ? []
    : [
        conflict(
          ["database", "instances"],
          count,
          "at least 2 in production: one server alone has no one to take over",
          "3",
          [["environment"]],
        ),
      ],
);

const primaryUpdate = ofCluster(({ primaryUpdate: strategy }, { environment }) =>
  environment !== "production" || strategy === "supervised"
    ? []
    : [
        conflict(
          ["database", "primaryUpdate"],
          strategy,
          "supervised in production: an operator's upgrade would restart the primary at any time of the day",
          "supervised",
          [["environment"]],
        ),
      ],
);

const protection = ofCluster(({ deletionProtection }, { environment }) =>
  environment !== "production" || deletionProtection
    ? []
    : [conflict(["database", "deletionProtection"], false, "true in production", "true", [["environment"]])],
);

const storage = ofCluster(({ storage: { size } }, { environment }) =>
  environment !== "production" || bytes(size) >= bytes(SPECIFIED_STORAGE)
    ? []
    : [
        conflict(
          ["database", "storage", "size"],
          size,
          `at least ${SPECIFIED_STORAGE} in production (spec 004); a volume that exists can never shrink`,
          SPECIFIED_STORAGE,
          [["environment"]],
        ),
      ],
);

const walVolume = ofCluster(({ wal: { size } }) =>
  bytes(size) >= bytes(LEAST_WAL_VOLUME)
    ? []
    : [conflict(["database", "wal", "size"], size, `at least ${LEAST_WAL_VOLUME}`, "20Gi")],
);

const requests = ofCluster(({ resources: { requests: least, limits } }) => [
  ...(millicores(least.cpu) <= millicores(limits.cpu)
    ? []
    : [
        conflict(
          ["database", "resources", "requests", "cpu"],
          least.cpu,
          `at most database.resources.limits.cpu, which is ${limits.cpu}`,
          limits.cpu,
          [["database", "resources", "limits", "cpu"]],
        ),
      ]),
  ...(bytes(least.memory) <= bytes(limits.memory)
    ? []
    : [
        conflict(
          ["database", "resources", "requests", "memory"],
          least.memory,
          `at most database.resources.limits.memory, which is ${limits.memory}`,
          limits.memory,
          [["database", "resources", "limits", "memory"]],
        ),
      ]),
]);

/** Every connection has to fit into a server's memory. */
const memory = ofCluster(({ resources, wal, maxConnections }) => {
  const limit = resources.limits.memory;
  const size = { memory: { request: resources.requests.memory, limit }, walVolume: wal.size, maxConnections };
  if (memoryPlan(size).workMem >= LEAST_WORK_MEM) return [];
  const least = formatBytes(leastMemoryLimit(size) * 2 ** 20);
  return [
    conflict(
      ["database", "resources", "limits", "memory"],
      limit,
      `at least ${least}, which is what database.maxConnections, ${maxConnections}, take`,
      least,
      [
        ["database", "resources", "requests", "memory"],
        ["database", "maxConnections"],
      ],
    ),
  ];
});

/** Two colours at their autoscaler's maximum, and every other service, through both poolers, on one server. */
const connections = ofCluster(({ maxConnections }, config) => {
  const needed = connectionsNeeded(poolDemand(config));
  if (needed <= maxConnections) return [];
  return [
    conflict(
      ["database", "maxConnections"],
      maxConnections,
      `at least ${needed}, which is what the poolers of all services at their most pods can open; or more clients a connection`,
      String(needed),
      [["services"], ["release"], ["database", "pooler"]],
    ),
  ];
});

/** CloudNativePG takes PostgreSQL's version from the tag, and refuses an image without one. */
const images = ofCluster(({ image, timescaledb }, { environment }) => {
  const tag = /:(\d+)[\w.-]*(@sha256:[0-9a-f]{64})?$/.exec(image);
  const pinned = (value: string) => environment === "local" || /@sha256:[0-9a-f]{64}$/.test(value);
  return [
    ...(tag === null
      ? [
          conflict(
            ["database", "image"],
            image,
            "an image with a tag that begins with PostgreSQL's version",
            "registry.example.com/postgresql:18.4@sha256:<64 hex>",
          ),
        ]
      : []),
    ...(tag === null || pinned(image)
      ? []
      : [
          conflict(
            ["database", "image"],
            image,
            `an image with its digest, registry/name:tag@sha256:<64 hex>, in ${environment}`,
            `${image}@sha256:<64 hex>`,
            [["environment"]],
          ),
        ]),
    ...(timescaledb.image === "" || pinned(timescaledb.image)
      ? []
      : [
          conflict(
            ["database", "timescaledb", "image"],
            timescaledb.image,
            `an image with its digest, registry/name:tag@sha256:<64 hex>, in ${environment}`,
            `${timescaledb.image}@sha256:<64 hex>`,
            [["environment"]],
          ),
        ]),
    ...(timescaledb.edition === "community" && timescaledb.image === APACHE_TIMESCALEDB_IMAGE
      ? [
          conflict(
            ["database", "timescaledb", "image"],
            timescaledb.image,
            "an image with the community edition, or nothing where the server's image has it built in",
            "",
            [["database", "timescaledb", "edition"]],
          ),
        ]
      : []),
  ];
});

const backups = ofCluster(({ backup }, { environment }) => {
  if (backup.kind === "off") {
    return environment === "local"
      ? []
      : [
          conflict(["database", "backup", "kind"], "off", `object-store in ${environment}`, "object-store", [
            ["environment"],
          ]),
        ];
  }
  const kept = days(backup.retention);
  return [
    ...(backup.destination === ""
      ? [
          conflict(
            ["database", "backup", "destination"],
            undefined,
            "s3://bucket/path, where database.backup.kind is object-store",
            "s3://example-backups/monitoring-web-service",
            [["database", "backup", "kind"]],
          ),
        ]
      : []),
    ...(kept >= LEAST_RETENTION
      ? []
      : [
          conflict(
            ["database", "backup", "retention"],
            backup.retention,
            `at least ${LEAST_RETENTION} days (spec 003)`,
            `${LEAST_RETENTION} days`,
          ),
        ]),
    ...credentials(backup),
  ];
});

function credentials({ credentials: kind, credentialsSecret }: Database["backup"]): readonly Conflict[] {
  if ((kind === "secret") === (credentialsSecret !== "")) return [];
  const reads = [["database", "backup", "credentials"]];
  return kind === "secret"
    ? [
        conflict(
          ["database", "backup", "credentialsSecret"],
          undefined,
          "the name of a Secret, where database.backup.credentials is secret",
          "backup-credentials",
          reads,
        ),
      ]
    : [
        conflict(
          ["database", "backup", "credentialsSecret"],
          credentialsSecret,
          "nothing beside database.backup.credentials pod-identity",
          "",
          reads,
        ),
      ];
}

/** A password that we did not make: it goes into a URL as it is, and has to be as hard to guess as ours. */
const password: Check = ({ databasePassword, database: { kind } }) => {
  if (databasePassword === "") return [];
  if (kind !== "existing") {
    return [
      conflict(
        ["databasePassword"],
        databasePassword,
        "nothing where database.kind is cloudnative-pg: its passwords are generated",
        "",
        [["database", "kind"]],
      ),
    ];
  }
  const strong =
    databasePassword.length >= LEAST_PASSWORD &&
    new Set(databasePassword).size >= LEAST_PASSWORD / 2 &&
    [/[a-z]/, /[A-Z]/, /\d/].every((kindOf) => kindOf.test(databasePassword));
  if (strong) return [];
  return [
    conflict(
      ["databasePassword"],
      databasePassword,
      `at least ${LEAST_PASSWORD} characters, ${LEAST_PASSWORD / 2} of them different, with small and capital letters and digits`,
      "",
    ),
  ];
};

/** The rules about the database. */
export const databaseChecks: readonly Check[] = [
  kinds,
  operatorNamespace,
  instances,
  primaryUpdate,
  protection,
  storage,
  walVolume,
  requests,
  memory,
  connections,
  images,
  backups,
  password,
];
