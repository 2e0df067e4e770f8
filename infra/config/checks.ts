import type { Conflict, Path } from "../../components/core/errors";
import { isDnsLabel, serviceNameLimit } from "../../components/core/names";
import { milliseconds } from "../../components/core/units";
import { apiPermissionConflicts } from "../../components/security/service-accounts";
import { isDestination } from "../../components/security/service-edges";
import { settingsConflicts } from "../../components/workload/rules";
import { colours } from "../../components/workload/settings";
import { cacheChecks } from "./cache-checks";
import { type Check, conflict } from "./check";
import { databaseChecks } from "./database-checks";
import { networkChecks } from "./network-checks";
import { peerConflicts } from "./peer-checks";
import { platformChecks } from "./platform-checks";
import type { ParsedConfig } from "./schema";
import { secretChecks } from "./secret-checks";
import { RELEASED_SERVICE } from "./service";
import { storageChecks } from "./storage-checks";
import { tlsChecks } from "./tls-checks";
import { trafficChecks } from "./traffic-checks";

const DIGEST = /@sha256:[0-9a-f]{64}$/;

/** Everything that is wrong only in combination. */
export function configConflicts(config: ParsedConfig): readonly Conflict[] {
  return checks.flatMap((check) => check(config));
}

/** The same couplings that the components refuse, under the names that they have in the configuration. */
const services: Check = ({ services: map }) =>
  Object.entries(map).flatMap(([name, settings]) =>
    [
      ...settingsConflicts(settings),
      ...settings.apiAccess.flatMap((permission, index) => apiPermissionConflicts(permission, ["apiAccess", index])),
    ].map((found) => ({
      ...found,
      at: ["services", name, ...found.at],
      reads: found.reads.map((path) => ["services", name, ...path]),
    })),
  );

const serviceNames: Check = ({ services: map }) =>
  Object.keys(map)
    .filter((name) => !isDnsLabel(name, serviceNameLimit))
    .map((name) =>
      conflict(
        ["services", name],
        name,
        `a name of at most ${serviceNameLimit} lower-case letters, digits and dashes, beginning with a letter`,
        "alert-service",
      ),
    );

/** Names that mean something else: a colour of the released service, or a destination that is no service. */
const reservedNames: Check = ({ services: map }) =>
  Object.keys(map)
    .filter((name) => isDestination(name) || colours.some((colour) => name === `${RELEASED_SERVICE}-${colour}`))
    .map((name) => conflict(["services", name], name, "a name that is not taken", "alert-service"));

const egress: Check = ({ services: map }) =>
  Object.entries(map).flatMap(([name, settings]) =>
    settings.egress.flatMap((destination, index) =>
      isDestination(destination) || (Object.hasOwn(map, destination) && destination !== name)
        ? []
        : [
            conflict(
              ["services", name, "egress", index],
              destination,
              ["database", "cache", "https", ...Object.keys(map).filter((other) => other !== name)].join(", "),
              "https",
            ),
          ],
    ),
  );

const chartTimeout: Check = ({ application, services: map }) => {
  const { longestRequest } = map[RELEASED_SERVICE].shutdown;
  if (milliseconds(application.chartGenerationTimeout) <= milliseconds(longestRequest)) return [];
  return [
    conflict(
      ["services", RELEASED_SERVICE, "shutdown", "longestRequest"],
      longestRequest,
      `at least application.chartGenerationTimeout, which is ${application.chartGenerationTimeout}`,
      application.chartGenerationTimeout,
      [["application", "chartGenerationTimeout"]],
    ),
  ];
};

const activeColour: Check = ({ release }) => {
  const active = release[release.active];
  const at = ["release", release.active];
  if (active === undefined) {
    return [
      conflict(
        [...at, "image"],
        undefined,
        `an image for ${release.active}, which release.active names`,
        "registry.example.com/monitoring-web-service:1.0.0",
        [["release", "active"], at],
      ),
    ];
  }
  if (active.replicas !== 0) return [];
  return [
    conflict([...at, "replicas"], 0, `more than 0: users reach ${release.active}`, "3", [["release", "active"], at]),
  ];
};

/** A colour's own number of pods has to fit the budget as the service's does. */
const colourReplicas: Check = ({ release, services: map }) =>
  colours.flatMap((colour) => {
    const replicas = release[colour]?.replicas;
    const { minAvailable } = map[RELEASED_SERVICE];
    if (replicas === undefined || replicas === 0 || replicas > minAvailable) return [];
    return [
      conflict(
        ["release", colour, "replicas"],
        replicas,
        `0, or more than services.${RELEASED_SERVICE}.minAvailable, which is ${minAvailable}`,
        String(minAvailable + 1),
        [["services", RELEASED_SERVICE, "minAvailable"]],
      ),
    ];
  });

/** A tag can be moved to another image; a digest cannot. */
const digests: Check = ({ environment, release, services: map }) => {
  if (environment === "local") return [];
  const images: (readonly [Path, string])[] = [
    ...colours.flatMap((colour): (readonly [Path, string])[] => {
      const image = release[colour]?.image;
      return image === undefined ? [] : [[["release", colour, "image"], image]];
    }),
    ...Object.entries(map).flatMap(([name, settings]): (readonly [Path, string])[] =>
      "image" in settings ? [[["services", name, "image"], settings.image]] : [],
    ),
  ];
  return images
    .filter(([, image]) => !DIGEST.test(image))
    .map(([path, image]) =>
      conflict(
        path,
        image,
        `an image with its digest, registry/name@sha256:<64 hex>, in ${environment}`,
        `${image}@sha256:<64 hex>`,
        [["environment"]],
      ),
    );
};

const hosts: Check = ({ traffic }) => {
  const preview = previewHost(traffic);
  if (preview !== traffic.host) return [];
  return [
    conflict(["traffic", "previewHost"], preview, "another host than traffic.host", `preview.${traffic.host}`, [
      ["traffic", "host"],
    ]),
  ];
};

const previewAccess: Check = ({ environment, traffic }) => {
  if (environment === "local" || traffic.previewAllowedCidrs.length > 0) return [];
  return [
    conflict(
      ["traffic", "previewAllowedCidrs", 0],
      undefined,
      `at least one network in ${environment}: the preview must not be open to everyone`,
      "203.0.113.0/24",
      [["environment"], ["traffic", "previewAllowedCidrs"]],
    ),
  ];
};

const everybody: Check = ({ environment, traffic }) =>
  environment === "local"
    ? []
    : traffic.previewAllowedCidrs.flatMap((cidr, index) =>
        cidr.endsWith("/0")
          ? [
              conflict(
                ["traffic", "previewAllowedCidrs", index],
                cidr,
                "a network of yours, not everyone",
                "203.0.113.0/24",
              ),
            ]
          : [],
      );

const databasePeer: Check = ({ database: { existing } }) =>
  existing === undefined ? [] : peerConflicts(["database", "existing", "peer"], existing.peer);

const namespaces: Check = ({ namespace, monitoring, traffic }) =>
  (["kube-system", "kube-public", "kube-node-lease", "default"].includes(namespace) ? ["a namespace of its own"] : [])
    .concat(namespace === monitoring.namespace ? ["another namespace than monitoring.namespace"] : [])
    .concat(namespace === traffic.controllerNamespace ? ["another namespace than traffic.controllerNamespace"] : [])
    .map((allowed) => conflict(["namespace"], namespace, allowed, "monitoring-web-service-prod"));

const checks: readonly Check[] = [
  services,
  serviceNames,
  reservedNames,
  egress,
  chartTimeout,
  activeColour,
  colourReplicas,
  digests,
  hosts,
  previewAccess,
  everybody,
  databasePeer,
  namespaces,
  ...trafficChecks,
  ...databaseChecks,
  ...cacheChecks,
  ...networkChecks,
  ...platformChecks,
  ...tlsChecks,
  ...secretChecks,
  ...storageChecks,
];

/** @default preview.<host> */
export function previewHost(traffic: ParsedConfig["traffic"]): string {
  return traffic.previewHost ?? `preview.${traffic.host}`;
}
