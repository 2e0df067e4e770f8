import assert from "node:assert/strict";

import fc from "fast-check";

import { bytes, type Bytes, type Cpu, formatBytes, formatCpu, millicores } from "../../components/core/units";
import { encrypted, everything } from "../support/everything";
import { kindOf, type PodShape, podsOf } from "../support/pods";
import { at, type ConfigValues, find, objectName, type Rendered, renderStack, stacks } from "../support/resources";

type Amounts = Readonly<Record<"pods" | "requests.cpu" | "requests.memory" | "limits.cpu" | "limits.memory", number>>;

/** What the quota of the stack's namespace allows. */
function allowed(stack: Rendered): Amounts {
  const hard = at(find(stack, "ResourceQuota", "quota"), "spec", "hard") as Readonly<Record<keyof Amounts, string>>;
  return {
    pods: Number(hard.pods),
    "requests.cpu": millicores(hard["requests.cpu"] as Cpu),
    "requests.memory": bytes(hard["requests.memory"] as Bytes),
    "limits.cpu": millicores(hard["limits.cpu"] as Cpu),
    "limits.memory": bytes(hard["limits.memory"] as Bytes),
  };
}

/**
 * What counts against it when everything happens at once: every workload at its autoscaler's maximum, every Deployment in the
 * middle of an update with its surge there and all of its old pods in their grace period.
 */
function atOnce(stack: Rendered): Amounts {
  const shapes = stack.resources.flatMap((resource) =>
    podsOf(resource).map((shape) => [shape, pods(shape, kindOf(resource), stack)] as const),
  );
  const sum = (amount: (shape: PodShape) => number) =>
    shapes
      .filter(([{ namespace }]) => namespace === stack.outputs.namespace)
      .reduce((total, [shape, count]) => total + count * amount(shape), 0);
  const all = (kind: "requests" | "limits", name: string) => (shape: PodShape) =>
    shape.resources.reduce((total, { [kind]: amounts }) => {
      const value = amounts?.[name];
      if (value === undefined) return total;
      return total + (name === "cpu" ? millicores(value as Cpu) : bytes(value as Bytes));
    }, 0);
  return {
    pods: sum(() => 1),
    "requests.cpu": sum(all("requests", "cpu")),
    "requests.memory": sum(all("requests", "memory")),
    "limits.cpu": sum(all("limits", "cpu")),
    "limits.memory": sum(all("limits", "memory")),
  };
}

function pods({ owner, replicas }: PodShape, kind: string | undefined, { resources }: Rendered): number {
  const scaler = resources.find(
    (one) => kindOf(one) === "autoscaling/HorizontalPodAutoscaler" && objectName(one) === owner.split(" ")[1],
  );
  const most = scaler === undefined ? (replicas ?? 1) : Number(at(scaler, "spec", "maxReplicas"));
  return kind === "apps/Deployment" ? 2 * most + 1 : most;
}

function assertRoom(stack: Rendered): void {
  const [needed, room] = [atOnce(stack), allowed(stack)];
  const short = (Object.keys(needed) as (keyof Amounts)[]).filter((amount) => needed[amount] > room[amount]);
  assert.deepEqual(short, [], `needed ${JSON.stringify(needed)}, allowed ${JSON.stringify(room)}`);
}

const both = (config: ConfigValues) => {
  const release = config["release"] as { blue: object };
  config["release"] = { ...release, green: release.blue };
};

describe("the quota of the namespace", () => {
  for (const stack of stacks) {
    it(`has room in ${stack} for both colours at their maximum, all of them being replaced, and everything else`, async () => {
      assertRoom(await renderStack(stack, both));
      assertRoom(await renderStack(stack, everything, encrypted));
    });
  }

  it("has room for whatever the configuration lets run at once", async () => {
    const resources = fc
      .tuple(fc.integer({ min: 1, max: 4000 }), fc.integer({ min: 64, max: 4000 }), fc.integer({ min: 1, max: 8 }))
      .map(([cpu, memory, factor]) => ({
        requests: { cpu: formatCpu(cpu), memory: formatBytes(memory * 2 ** 20) },
        limits: { cpu: formatCpu(cpu * factor), memory: formatBytes(memory * factor * 2 ** 20) },
      }));
    const autoscaling = fc
      .tuple(fc.integer({ min: 3, max: 50 }), fc.integer({ min: 0, max: 50 }))
      .map(([minReplicas, more]) => ({ minReplicas, maxReplicas: minReplicas + more }));
    const replicas = fc.option(fc.integer({ min: 3, max: 100 }), { nil: undefined });
    const service = fc.record({ resources, autoscaling, replicas, metricsPort: fc.constant(9090) });
    const config = fc.record({ web: service, other: service, blue: replicas, green: replicas });

    await fc.assert(
      fc.asyncProperty(config, async ({ web, other, blue, green }) => {
        const stack = await renderStack("staging", (values) => {
          const { blue: version } = values["release"] as { blue: object };
          values["release"] = {
            active: "blue",
            blue: { ...version, replicas: blue },
            green: { ...version, replicas: green },
          };
          // A database of the stack's own would limit the services by its connections.
          values["database"] = { kind: "existing", existing: {} };
          values["services"] = { "monitoring-web-service": web, "alert-service": { ...version, ...other } };
        });
        assertRoom(stack);
      }),
      { numRuns: 10 },
    );
  });
});
