import assert from "node:assert/strict";

import { runtime } from "@pulumi/pulumi";

import { AppNamespace } from "../../../components/security/app-namespace";
import { type Edge, everyPod, type PodEndpoint, tcp } from "../../../components/security/network-edges";
import { NetworkPolicies } from "../../../components/security/network-policies";
import { installMonitor, type Registered } from "../../support/mocks";

const pods = (name: string, namespace = "app"): PodEndpoint => ({
  kind: "pods",
  name,
  namespace,
  labels: { app: name },
});
const edge = (from: Edge["from"], to: Edge["to"]): Edge => ({ from, to, ports: [tcp(80)], why: "a test" });

async function policies(edges: readonly Edge[]): Promise<readonly Registered[]> {
  const monitor = installMonitor("project", "stack");
  const namespace = new AppNamespace("namespace", { namespace: "app", environment: "local", demands: [] });
  new NetworkPolicies("policies", { namespace, edges });
  await runtime.disconnect();
  return monitor.recorded.filter(({ type }) => type.endsWith(":NetworkPolicy"));
}

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
