import assert from "node:assert/strict";

import { encrypted, everything } from "../support/everything";
import { NetworkEvaluator } from "../support/network-evaluator";
import { disagreements, type Network, networkOf, survey } from "../support/network-matrix";
import { mutations } from "../support/network-mutations";
import { type ConfigValues, type StackName, stacks } from "../support/resources";

/** Database and cache as somebody else runs them: one outside of the cluster, one in another namespace. */
function outside(config: ConfigValues): void {
  config["database"] = { kind: "existing", existing: { peer: { cidrs: ["10.50.0.0/24", "10.50.7.0/24"] } } };
  config["cache"] = {
    kind: "existing",
    existing: { peer: { podLabels: { app: "redis", tier: "cache" }, namespace: "caches" } },
  };
}

/** The other way in, whose proxies are pods of the stack's own namespace. */
function byGateway(config: ConfigValues): void {
  config["traffic"] = { ...(config["traffic"] as object), kind: "gateway" };
}

/** The API server in a network of its own: one that holds everybody's addresses would hide what is missing or too wide elsewhere. */
function apart(config: ConfigValues): void {
  config["network"] = { ...(config["network"] as object), apiServer: { cidrs: ["10.20.0.0/24"] } };
}

const common = [
  ["as it is", undefined],
  ["with everything on", everything],
] as const;

const variants = {
  local: common,
  staging: [...common, ["with Gateway API", byGateway]],
  production: [...common, ["with database and cache of somebody else", outside]],
} as const satisfies Readonly<
  Record<StackName, readonly (readonly [string, ((config: ConfigValues) => void) | undefined])[]>
>;

/** Nothing tells this from the real thing: the edge that every pod has to the name servers closes the way out as well. */
const HARMLESS = "/default-deny: Egress is no type of it";

const figures: string[] = [];

for (const stack of stacks) {
  for (const [variant, change] of variants[stack]) {
    describe(`the network of the stack ${stack}, ${variant},`, () => {
      let network: Network;
      before(async () => {
        network = await networkOf(stack, change, encrypted);
      });

      it("lets exactly the edges of the table through, from and to every pod of ours, on every port", () => {
        assert.deepEqual([...disagreements(network, network.policies)].slice(0, 10), []);
        const { pairs, ports, ways, open, closed } = survey(network);
        assert.ok(open > 0 && closed > open);
        figures.push(
          `${stack} ${variant}: ${pairs} pairs x ${ports} ports = ${ways} ways, ${open} open, ${closed} closed`,
        );
      });

      it("closes every pod of ours in both directions, labelled or not", () => {
        const evaluator = new NetworkEvaluator(network.policies, network.namespaces);
        const nobody = { name: "nobody", address: "192.0.2.1" };
        for (const pod of network.own) {
          assert.ok(!evaluator.allows(nobody, pod, 1, "TCP"), pod.name);
          assert.ok(!evaluator.allows(pod, nobody, 1, "TCP"), pod.name);
        }
      });

      it("shows every policy, rule, port and peer that is removed or widened", async () => {
        const mutable = await networkOf(
          stack,
          (config) => {
            change?.(config);
            apart(config);
          },
          encrypted,
        );
        const all = mutations(mutable.policies);
        const unseen = all.filter(({ policies, changed }) => {
          const judges = new NetworkEvaluator(changed, mutable.namespaces);
          const judged = mutable.own.filter((pod) => judges.selecting(pod) > 0);
          return disagreements(mutable, policies, judged).next().done === true;
        });
        const namespaces = [...new Set(mutable.policies.map(({ metadata }) => metadata.namespace))];
        assert.deepEqual(unseen.map(({ what }) => what).sort(), namespaces.map((name) => `${name}${HARMLESS}`).sort());
        const harmful = all.length - unseen.length;
        figures.push(
          `${stack} ${variant}: ${harmful} of ${harmful} mutations seen, and ${unseen.length} that change nothing`,
        );
      }).timeout(180_000);
    });
  }
}

after(() => {
  process.stdout.write(`\n  network policies\n${figures.map((line) => `    ${line}\n`).join("")}`);
});
