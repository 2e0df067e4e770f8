import assert from "node:assert/strict";

import { runtime } from "@pulumi/pulumi";
import fc from "fast-check";

import { AppNamespace } from "../../../components/security/app-namespace";
import { type Edge, everyPod, internet, type PodEndpoint, tcp } from "../../../components/security/network-edges";
import { NetworkPolicies } from "../../../components/security/network-policies";
import { installMonitor, type Registered } from "../../support/mocks";
import { assembleNetwork, disagreements } from "../../support/network-matrix";

const pods = (name: string, namespace = "app"): PodEndpoint => ({
  kind: "pods",
  name,
  namespace,
  labels: { app: name },
});
const edge = (from: Edge["from"], to: Edge["to"]): Edge => ({ from, to, ports: [tcp(80)], why: "a test" });

/** The policies of a table, in one namespace of ours or in several. */
async function policies(edges: readonly Edge[], own: readonly string[] = ["app"]): Promise<readonly Registered[]> {
  const monitor = installMonitor("project", "stack");
  for (const name of own) {
    const namespace = new AppNamespace(name, { namespace: name, environment: "local", demands: [] });
    new NetworkPolicies(`${name}-policies`, { namespace, edges });
  }
  await runtime.disconnect();
  return monitor.recorded.filter(({ type }) => type.endsWith(":NetworkPolicy"));
}

/** Endpoints in two namespaces of ours and in two of others, some of which overlap, and two outside of the cluster. */
const endpoints: readonly Edge["from"][] = [
  ...["app", "operators", "other", "monitoring"].flatMap((namespace): PodEndpoint[] => [
    everyPod(namespace),
    { ...pods("web", namespace), labels: { app: "web" } },
    { ...pods("blue", namespace), labels: { app: "web", colour: "blue" } },
    { ...pods("database", namespace), labels: { role: "database", cluster: "one" } },
  ]),
  internet,
  { kind: "networks", name: "two networks", cidrs: ["10.0.0.0/24", "192.0.2.128/25"] },
];

const names = (made: readonly Registered[]) =>
  made.map(({ inputs }) => (inputs["metadata"] as { name: string }).name).sort();

describe("NetworkPolicies", () => {
  it("makes a policy for each endpoint of its namespace, and one that denies the rest", async () => {
    const edges = [edge(pods("web"), pods("Data base (one)")), edge(everyPod("app"), pods("dns", "kube-system"))];
    assert.deepEqual(names(await policies(edges)), ["data-base-one", "default-deny", "every-pod", "web"]);
  });

  it("has nothing to do with edges between other namespaces", async () => {
    assert.deepEqual(names(await policies([edge(pods("a", "one"), pods("b", "two"))])), ["default-deny"]);
  });

  it("opens exactly the table's edges, whatever the table, in all namespaces of ours", async () => {
    const port = fc.record({
      port: fc.constantFrom(53, 80, 443),
      protocol: fc.constantFrom("TCP" as const, "UDP" as const),
    });
    const someEdge = fc.record({
      from: fc.constantFrom(...endpoints),
      to: fc.constantFrom(...endpoints),
      ports: fc.array(port, { minLength: 1, maxLength: 2 }),
      why: fc.constant("a test"),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(someEdge, { maxLength: 8 }), async (edges) => {
        const own = ["app", "operators"];
        const network = assembleNetwork(edges, own, await policies(edges, own));
        assert.deepEqual([...disagreements(network, network.policies)], []);
      }),
      { numRuns: 40 },
    );
  });

  it("refuses two endpoints that would share a policy, and so each other's edges", async () => {
    await assert.rejects(policies([edge(pods("web"), pods("Web"))]), {
      message: "Web in app shares the name of its policy, web, with another endpoint",
    });
    await assert.rejects(policies([edge(pods("web"), { ...pods("web"), labels: { app: "other" } })]), {
      message: "web in app shares the name of its policy, web, with another endpoint",
    });
    await assert.rejects(policies([edge(pods("default deny"), pods("web"))]), {
      message: "default deny in app shares the name of its policy, default-deny, with another endpoint",
    });
  });
});
