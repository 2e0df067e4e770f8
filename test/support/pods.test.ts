import assert from "node:assert/strict";

import type { Registered } from "./mocks";
import { podsOf } from "./pods";

const resource = (type: string, spec: object): Registered => ({
  urn: "urn",
  type,
  name: "one",
  custom: true,
  parent: "",
  provider: "",
  protect: false,
  inputs: { metadata: { name: "one", namespace: "app" }, spec },
  dependencies: [],
  timeouts: { create: "", update: "" },
  aliases: [],
});

const pod = {
  metadata: { labels: { app: "one" } },
  spec: { containers: [{ name: "one", ports: [{ containerPort: 80 }] }] },
};

describe("the pods that a resource stands for", () => {
  it("are those of its template", () => {
    const expected = {
      namespace: "app",
      labels: { app: "one" },
      ports: [{ containerPort: 80 }],
      resources: [{}],
      spec: pod.spec,
    };
    assert.deepEqual(podsOf(resource("kubernetes:apps/v1:StatefulSet", { replicas: 3, template: pod })), [
      { owner: "StatefulSet one", replicas: 3, ...expected },
    ]);
    assert.deepEqual(podsOf(resource("kubernetes:batch/v1:CronJob", { jobTemplate: { spec: { template: pod } } })), [
      { owner: "CronJob one", ...expected },
    ]);
  });

  it("are what an operator makes of a custom resource, the jobs of a database cluster included", () => {
    const roles = podsOf(resource("kubernetes:postgresql.cnpg.io/v1:Cluster", { instances: 3 }));
    assert.deepEqual(
      roles.map(({ labels, replicas }) => [labels["cnpg.io/podRole"] ?? labels["cnpg.io/jobRole"], replicas]),
      [
        ["instance", 3],
        ["initdb", undefined],
        ["join", undefined],
      ],
    );
    assert.ok(roles.every(({ labels }) => labels["cnpg.io/cluster"] === "one"));
    const [pooler] = podsOf(
      resource("kubernetes:postgresql.cnpg.io/v1:Pooler", { cluster: { name: "db" }, instances: 2 }),
    );
    assert.deepEqual([pooler?.labels["cnpg.io/cluster"], pooler?.labels["cnpg.io/poolerName"]], ["db", "one"]);
    const [proxy] = podsOf(resource("kubernetes:gateway.networking.k8s.io/v1:Gateway", { listeners: [{ port: 443 }] }));
    assert.deepEqual(proxy?.labels, { "gateway.networking.k8s.io/gateway-name": "one" });
  });

  it("are none of a kind that makes none, and of what is no Kubernetes object", () => {
    assert.deepEqual(podsOf(resource("kubernetes:core/v1:ConfigMap", {})), []);
    assert.deepEqual(podsOf(resource("random:index/randomBytes:RandomBytes", {})), []);
  });

  it("are not guessed for a kind that nobody thought of", () => {
    assert.throws(() => podsOf(resource("kubernetes:monitoring.coreos.com/v1:Prometheus", {})), {
      message:
        "test/support/pods.ts does not say whether a monitoring.coreos.com/Prometheus makes pods, and which (urn)",
    });
  });
});
