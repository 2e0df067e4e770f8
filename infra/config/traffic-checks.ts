import type { Path } from "../../components/core/errors";
import { trafficConflicts } from "../../components/traffic/rules";
import type { Check } from "./check";
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

export const trafficChecks: readonly Check[] = [limits];
