import type { Conflict } from "../core/errors";
import { bytes, millicores, seconds } from "../core/units";
import type { ServiceSettings } from "./settings";

type Rule = (settings: ServiceSettings) => Conflict | undefined;

/** The fewest pods that run when nothing is wrong. */
function fewestReplicas({ replicas, autoscaling }: Pick<ServiceSettings, "replicas" | "autoscaling">): number {
  return replicas ?? autoscaling.minReplicas;
}

/** The most pods that one instance of the service can have, without the one more of a rolling update. */
export function mostReplicas({ replicas, autoscaling }: Pick<ServiceSettings, "replicas" | "autoscaling">): number {
  return replicas ?? autoscaling.maxReplicas;
}

const autoscalerRange: Rule = ({ autoscaling: { minReplicas, maxReplicas } }) =>
  minReplicas <= maxReplicas
    ? undefined
    : {
        at: ["autoscaling", "maxReplicas"],
        reads: [
          ["autoscaling", "minReplicas"],
          ["autoscaling", "maxReplicas"],
        ],
        value: maxReplicas,
        allowed: `at least autoscaling.minReplicas, which is ${minReplicas}`,
        example: String(minReplicas),
      };

/** A budget that equals the number of pods lets no node ever be drained. */
const disruptionBudget: Rule = (settings) => {
  const { minAvailable, replicas } = settings;
  const fewest = fewestReplicas(settings);
  if (minAvailable < fewest || replicas === 0) return undefined;
  const source = replicas === undefined ? "autoscaling.minReplicas" : "replicas";
  return {
    at: ["minAvailable"],
    reads: [["minAvailable"], ["replicas"], ["autoscaling", "minReplicas"]],
    value: minAvailable,
    allowed: `less than ${source}, which is ${fewest}: otherwise no node could be drained`,
    example: String(Math.max(0, fewest - 1)),
  };
};

const gracePeriod: Rule = ({ shutdown }) => {
  const needed = seconds(shutdown.preStop) + seconds(shutdown.longestRequest);
  if (seconds(shutdown.gracePeriod) > needed) return undefined;
  return {
    at: ["shutdown", "gracePeriod"],
    reads: [
      ["shutdown", "preStop"],
      ["shutdown", "longestRequest"],
      ["shutdown", "gracePeriod"],
    ],
    value: shutdown.gracePeriod,
    allowed: `more than ${needed} s, which is preStop (${shutdown.preStop}) and the longest request (${shutdown.longestRequest}) together`,
    example: `${needed + 15} s`,
  };
};

const cpuLimit: Rule = ({ resources: { requests, limits } }) =>
  millicores(requests.cpu) <= millicores(limits.cpu)
    ? undefined
    : {
        at: ["resources", "requests", "cpu"],
        reads: [
          ["resources", "requests", "cpu"],
          ["resources", "limits", "cpu"],
        ],
        value: requests.cpu,
        allowed: `at most resources.limits.cpu, which is ${limits.cpu}`,
        example: limits.cpu,
      };

const memoryLimit: Rule = ({ resources: { requests, limits } }) =>
  bytes(requests.memory) <= bytes(limits.memory)
    ? undefined
    : {
        at: ["resources", "requests", "memory"],
        reads: [
          ["resources", "requests", "memory"],
          ["resources", "limits", "memory"],
        ],
        value: requests.memory,
        allowed: `at most resources.limits.memory, which is ${limits.memory}`,
        example: limits.memory,
      };

const distinctPorts: Rule = ({ port, metricsPort }) =>
  port !== metricsPort
    ? undefined
    : {
        at: ["metricsPort"],
        reads: [["port"], ["metricsPort"]],
        value: metricsPort,
        allowed: `another port than port, which is ${port}`,
        example: String(port === 9090 ? 9091 : 9090),
      };

/** A probe that waits longer than its period would be overtaken by itself. */
const probeTimeouts: readonly Rule[] = (["startup", "readiness", "liveness"] as const).map(
  (name): Rule =>
    ({ probes }) =>
      seconds(probes[name].timeout) <= seconds(probes[name].period)
        ? undefined
        : {
            at: ["probes", name, "timeout"],
            reads: [
              ["probes", name, "timeout"],
              ["probes", name, "period"],
            ],
            value: probes[name].timeout,
            allowed: `at most probes.${name}.period, which is ${probes[name].period}`,
            example: probes[name].period,
          },
);

const rules: readonly Rule[] = [
  autoscalerRange,
  disruptionBudget,
  gracePeriod,
  cpuLimit,
  memoryLimit,
  distinctPorts,
  ...probeTimeouts,
];

/**
 * The couplings between a service's settings that Kubernetes accepts and that go wrong later: an autoscaler without room,
 * a budget that blocks every drain, a grace period that cuts off charts half-way.
 */
export function settingsConflicts(settings: ServiceSettings): readonly Conflict[] {
  return rules.map((rule) => rule(settings)).filter((conflict) => conflict !== undefined);
}
