import type { Path } from "../../components/core/errors";
import { proxyNames } from "../../components/traffic/gateway-edges";
import { trafficConflicts } from "../../components/traffic/rules";
import { type Check, conflict } from "./check";
import { RELEASED_SERVICE } from "./service";

/** The same couplings that the routers refuse, under the names that they have in the configuration. */
const limits: Check = ({ traffic, services }) => {
  const { shutdown, resources } = services[RELEASED_SERVICE];
  const behind = { longestRequest: shutdown.longestRequest, memory: resources.limits.memory };
  return trafficConflicts({ ...traffic, behind }).map((found) => ({
    ...found,
    at: configPath(found.at),
    reads: found.reads.map(configPath),
  }));
};

function configPath(path: Path): Path {
  const [first, second] = path;
  if (first !== "behind") return ["traffic", ...path];
  return [
    "services",
    RELEASED_SERVICE,
    ...(second === "memory" ? ["resources", "limits", "memory"] : ["shutdown", "longestRequest"]),
  ];
}

/** Standard Gateway API knows neither rate limits nor clients' addresses. */
const extensions: Check = ({ environment, traffic: { kind, gateway, previewAllowedCidrs } }) => {
  if (kind !== "gateway" || gateway.extensions === "nginx") return [];
  if (environment === "local" && previewAllowedCidrs.length === 0) return [];
  return [
    conflict(
      ["traffic", "gateway", "extensions"],
      gateway.extensions,
      environment === "local"
        ? "nginx where traffic.previewAllowedCidrs is set: nothing else keeps others out"
        : `nginx in ${environment}: nothing else limits requests or keeps strangers from the preview`,
      "nginx",
      [["environment"], ["traffic", "kind"], ["traffic", "previewAllowedCidrs"]],
    ),
  ];
};

/** One pod would be an outage whenever its node is drained. */
const replicas: Check = ({ environment, traffic: { kind, gateway } }) =>
  kind !== "gateway" || environment === "local" || gateway.replicas > 1
    ? []
    : [
        conflict(["traffic", "gateway", "replicas"], gateway.replicas, `at least 2 in ${environment}`, "2", [
          ["environment"],
          ["traffic", "kind"],
        ]),
      ];

const namespaces: Check = ({ namespace, traffic: { kind, gateway } }) =>
  kind !== "gateway" || namespace !== gateway.controllerNamespace
    ? []
    : [
        conflict(
          ["namespace"],
          namespace,
          "another namespace than traffic.gateway.controllerNamespace",
          "monitoring-web-service-prod",
          [
            ["traffic", "kind"],
            ["traffic", "gateway", "controllerNamespace"],
          ],
        ),
      ];

const serviceNames: Check = ({ services, traffic: { kind } }) =>
  kind !== "gateway"
    ? []
    : proxyNames
        .filter((name) => Object.hasOwn(services, name))
        .map((name) =>
          conflict(["services", name], name, "a name that is not taken", "alert-service", [["traffic", "kind"]]),
        );

export const trafficChecks: readonly Check[] = [limits, extensions, replicas, namespaces, serviceNames];
