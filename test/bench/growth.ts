import type { EngineStack } from "../../local/engine/engine";
import { openPreview } from "../../local/engine/preview";
import { comparePrograms } from "./evaluation";
import type { Suite } from "./suite";

const COUNTS = [1, 10, 50];

/** How evaluation grows with the number of services in the configuration. */
export const growth: Suite = {
  title: "Growth with the number of services (a preview from nothing, without a cluster)",
  secondsBefore: 20,
  secondsPerRound: 12,
  async run(laboratory, rounds) {
    const stacks = new Map<string, EngineStack>();
    for (const count of COUNTS) {
      const stack = { from: "local", to: `growth-${count}` };
      const open = openPreview(laboratory.engine, stack, (config) => {
        config["monitoring-web-service:services"] = services(count);
      });
      stacks.set(label(count), await open);
    }
    return comparePrograms(laboratory, rounds, stacks, label(1), (name) => name, []);
  },
};

function label(count: number): string {
  return `${count} ${count === 1 ? "service" : "services"}`;
}

/** The released service, and others like it. */
function services(count: number): Readonly<Record<string, object>> {
  const others = Array.from({ length: count - 1 }, (_, index): [string, object] => [
    `service-${index + 1}`,
    {
      image: `registry.example.com/service-${index + 1}:1.0.0`,
      version: "1.0.0",
      egress: ["database"],
      secrets: ["database"],
    },
  ]);
  return { "monitoring-web-service": {}, ...Object.fromEntries(others) };
}
