import assert from "node:assert/strict";
import { deletionBlockers } from "../../../../../local/plugins/kubernetes/await/deletion";
import { expectationVerdict, parseWaitFor } from "../../../../../local/plugins/kubernetes/await/custom";
import { definitionVerdict, judgeOf, timeoutSeconds } from "../../../../../local/plugins/kubernetes/await/judges";
import { ingressVerdict, serviceVerdict } from "../../../../../local/plugins/kubernetes/await/network";
import {
  explainPods,
  labelSelector,
  lastWarning,
  podProblem,
} from "../../../../../local/plugins/kubernetes/await/pods";
import { claimVerdict } from "../../../../../local/plugins/kubernetes/await/storage";
import type { Look, Verdict } from "../../../../../local/plugins/kubernetes/await/verdict";
import {
  daemonSetVerdict,
  deploymentVerdict,
  jobVerdict,
  podVerdict,
  statefulSetVerdict,
} from "../../../../../local/plugins/kubernetes/await/workloads";
import type { JsonObject } from "../../../../../local/plugins/kubernetes/properties";

/** `ready`, or the state and what is said. */
function said(verdict: Verdict): string {
  return verdict.state === "ready" ? "ready" : `${verdict.state}: ${verdict.message}`;
}

function conditions(...entries: readonly (readonly [type: string, status: string, message?: string])[]): JsonObject[] {
  return entries.map(([type, status, message]) => ({ type, status, ...(message === undefined ? {} : { message }) }));
}

type Row = readonly [sentence: string, verdict: Verdict, expected: string];

function table(title: string, rows: readonly Row[]): void {
  describe(title, () => {
    for (const [sentence, verdict, expected] of rows) {
      it(sentence, () => {
        assert.equal(said(verdict), expected);
      });
    }
  });
}

function deployment(status: JsonObject, spec: JsonObject = { replicas: 3 }): Verdict {
  return deploymentVerdict({ metadata: { generation: 2 }, spec, status: { observedGeneration: 2, ...status } });
}
const available = conditions(["Available", "True"]);
const rolledOut = { replicas: 3, updatedReplicas: 3, availableReplicas: 3, conditions: available };

table("a Deployment", [
  ["is ready when all new pods are available and no old one is left", deployment(rolledOut), "ready"],
  ["is ready without pods when it wants none", deployment({ conditions: available }, { replicas: 0 }), "ready"],
  ["is not waited for while it is paused", deployment({}, { replicas: 3, paused: true }), "ready"],
  [
    "is not judged by the status of an older generation",
    deployment({ ...rolledOut, observedGeneration: 1 }),
    "waiting: its controller has not seen the change yet",
  ],
  ["waits for new pods", deployment({ ...rolledOut, updatedReplicas: 1 }), "waiting: 1 of 3 pods are of the new kind"],
  ["waits for old pods to go", deployment({ ...rolledOut, replicas: 4 }), "waiting: 1 old pods are still there"],
  [
    "waits for pods to be available",
    deployment({ ...rolledOut, availableReplicas: 2 }),
    "waiting: 2 of 3 pods are available",
  ],
  [
    "says why its pods cannot even be created",
    deployment({ conditions: conditions(["ReplicaFailure", "True", "exceeded quota: cpu"]) }),
    "waiting: its pods cannot be created: exceeded quota: cpu",
  ],
]);

function statefulSet(status: JsonObject, strategy: JsonObject = {}): Verdict {
  const spec = { replicas: 3, updateStrategy: strategy };
  return statefulSetVerdict({ metadata: { generation: 1 }, spec, status: { observedGeneration: 1, ...status } });
}
const revisions = { currentRevision: "a", updateRevision: "b" };

table("a StatefulSet", [
  [
    "is ready with all pods ready and current",
    statefulSet({ readyReplicas: 3, updatedReplicas: 3, ...revisions }),
    "ready",
  ],
  ["waits for ready pods", statefulSet({ readyReplicas: 2 }), "waiting: 2 of 3 pods are ready"],
  [
    "waits for updated pods",
    statefulSet({ readyReplicas: 3, updatedReplicas: 1, ...revisions }),
    "waiting: 1 of 3 pods are of the new kind",
  ],
  [
    "waits only for the pods that a partition lets update",
    statefulSet({ readyReplicas: 3, updatedReplicas: 1, ...revisions }, { rollingUpdate: { partition: 2 } }),
    "ready",
  ],
  [
    "does not wait for updates that somebody else triggers",
    statefulSet({ readyReplicas: 3, ...revisions }, { type: "OnDelete" }),
    "ready",
  ],
]);

table("other workloads", [
  ["a DaemonSet without nodes is ready", daemonSetVerdict({ status: {} }), "ready"],
  [
    "a DaemonSet waits for all its nodes",
    daemonSetVerdict({ status: { desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 1 } }),
    "waiting: 1 of 3 pods are available",
  ],
  [
    "a Job is ready when it is complete",
    jobVerdict({ status: { conditions: conditions(["Complete", "True"]) } }),
    "ready",
  ],
  ["a suspended Job is not waited for", jobVerdict({ spec: { suspend: true } }), "ready"],
  [
    "a failed Job fails at once",
    jobVerdict({
      status: { conditions: conditions(["Failed", "True", "Job has reached the specified backoff limit"]) },
    }),
    "failed: it failed: Job has reached the specified backoff limit",
  ],
  ["a Pod that ended well is ready", podVerdict({ status: { phase: "Succeeded" } }), "ready"],
]);

const ready = { endpoints: [{ conditions: { ready: true } }] };
const unready = { endpoints: [{ conditions: { ready: false } }] };
const selecting = { spec: { type: "ClusterIP", selector: { app: "web" } } };
const pod = (status: JsonObject, metadata: JsonObject = {}): JsonObject => ({
  metadata: { name: "web-1", ...metadata },
  status,
});
const waitingContainer = (reason: string, message?: string): JsonObject => ({
  name: "web",
  state: { waiting: { reason, ...(message === undefined ? {} : { message }) } },
});
const pulling = pod({ containerStatuses: [waitingContainer("ImagePullBackOff", "Back-off pulling image")] });

table("a Service", [
  ["is ready with one ready endpoint", serviceVerdict(selecting, [unready, ready], []), "ready"],
  ["is ready at once when it selects no pod", serviceVerdict(selecting, [], []), "ready"],
  [
    "does not count pods that go",
    serviceVerdict(selecting, [], [pod({}, { deletionTimestamp: "2026-01-01T00:00:00Z" }), pod({ phase: "Failed" })]),
    "ready",
  ],
  [
    "says why none of its pods is ready",
    serviceVerdict(selecting, [unready], [pulling]),
    'waiting: none of the 1 pods that it selects is ready; pod "web-1", container "web": ImagePullBackOff: Back-off pulling image',
  ],
  ["without a selector is ready", serviceVerdict({ spec: {} }, [], []), "ready"],
  [
    "without an address of its own is ready",
    serviceVerdict({ spec: { clusterIP: "None", selector: { a: "b" } } }, [], [pulling]),
    "ready",
  ],
  [
    "of type LoadBalancer waits for its address",
    serviceVerdict({ spec: { type: "LoadBalancer" } }, [], []),
    "waiting: no load balancer has given it an address yet",
  ],
  [
    "of type LoadBalancer is ready with one",
    serviceVerdict(
      { spec: { type: "LoadBalancer" }, status: { loadBalancer: { ingress: [{ ip: "1.2.3.4" }] } } },
      [],
      [],
    ),
    "ready",
  ],
]);

table("other objects", [
  [
    "an Ingress names the class that does nothing",
    ingressVerdict({ spec: { ingressClassName: "nginx" } }),
    'waiting: no ingress controller of class "nginx" has given it an address yet',
  ],
  ["an Ingress with an address is ready", ingressVerdict({ status: { loadBalancer: { ingress: [{}] } } }), "ready"],
  ["a bound claim is ready", claimVerdict({ status: { phase: "Bound" } }, undefined), "ready"],
  [
    "a claim that binds with its first pod is ready",
    claimVerdict({}, { volumeBindingMode: "WaitForFirstConsumer" }),
    "ready",
  ],
  [
    "another claim waits",
    claimVerdict({}, { volumeBindingMode: "Immediate" }),
    "waiting: it is not bound to a volume yet",
  ],
  ["a lost claim fails at once", claimVerdict({ status: { phase: "Lost" } }, undefined), "failed: its volume is lost"],
  ["a definition waits until it is served", definitionVerdict({}), "waiting: it is not established yet"],
]);

const custom = {
  status: { phase: "Running", nodes: [{ ip: "1" }], conditions: conditions(["Ready", "False", "no quorum"]) },
};
const expecting = (expression: string): Verdict => {
  const [expectation] = parseWaitFor(expression);
  if (expectation === undefined) throw new Error("no expectation");
  return expectationVerdict(custom, expectation);
};

table("an object with pulumi.com/waitFor", [
  [
    "waits for a condition and says why",
    expecting("condition=Ready"),
    "waiting: condition Ready=True is False: no quorum",
  ],
  ["may wait for another status", expecting("condition=Ready=False"), "ready"],
  [
    "waits for a condition that is not there",
    expecting("condition=Synced"),
    "waiting: condition Synced=True is not there yet",
  ],
  ["waits for a value", expecting("jsonpath={.status.phase}=Done"), "waiting: .status.phase is Running, expected Done"],
  ["is ready with the value", expecting("jsonpath={.status.phase}=Running"), "ready"],
  ["is ready when something is there", expecting("jsonpath={.status.nodes[0].ip}"), "ready"],
  [
    "waits while nothing is there",
    expecting("jsonpath={.status.nodes[1]}"),
    "waiting: .status.nodes[1] is not set, expected a value",
  ],
  [
    "finds a list's element by a field",
    expecting('jsonpath={.status.conditions[?(@.type=="Ready")].status}=True'),
    'waiting: .status.conditions[?(@.type=="Ready")].status is False, expected True',
  ],
  [
    "is ready with the value of the element that it finds",
    expecting('jsonpath={.status.conditions[?(@.type=="Ready")].status}=False'),
    "ready",
  ],
  [
    "waits for an element that is not there",
    expecting('jsonpath={.status.conditions[?(@.type=="Synced")].status}=True'),
    'waiting: .status.conditions[?(@.type=="Synced")].status is not set, expected True',
  ],
]);

describe("pulumi.com/waitFor", () => {
  it("may be a list of conditions, which hold together", () => {
    const annotation = '["condition=Ready=False","jsonpath={.status.phase}=Done"]';
    const judge = judgeOf({ metadata: { annotations: { "pulumi.com/waitFor": annotation } } });
    const look: Look = { list: () => Promise.resolve([]), get: () => Promise.resolve(undefined) };
    assert.deepEqual(judge?.judge(custom, look), {
      state: "waiting",
      message: ".status.phase is Running, expected Done",
    });
  });

  it("must be one of the two forms", () => {
    assert.throws(() => parseWaitFor("Ready"), {
      message: 'pulumi.com/waitFor: expected a "jsonpath=" or "condition=" prefix, got "Ready"',
    });
  });
});

describe("how long, and for what, is waited", () => {
  it("is ten minutes, the annotation's time, or the resource's own", () => {
    const annotated = { metadata: { annotations: { "pulumi.com/timeoutSeconds": "30" } } };
    assert.deepEqual([timeoutSeconds({}, 0), timeoutSeconds(annotated, 0), timeoutSeconds(annotated, 5)], [600, 30, 5]);
  });

  it("is nothing under skipAwait, nor for kinds that are ready once they are stored", () => {
    const inputs = { apiVersion: "apps/v1", kind: "Deployment" };
    assert.notEqual(judgeOf(inputs), undefined);
    assert.equal(judgeOf({ ...inputs, metadata: { annotations: { "pulumi.com/skipAwait": "true" } } }), undefined);
    for (const kind of ["HorizontalPodAutoscaler", "PodDisruptionBudget", "NetworkPolicy", "toString"]) {
      assert.equal(judgeOf({ apiVersion: "apps/v1", kind }), undefined);
    }
  });
});

describe("why a pod is not ready", () => {
  const rows: readonly (readonly [string, JsonObject, string | undefined])[] = [
    [
      "it is not scheduled",
      pod({ conditions: conditions(["PodScheduled", "False", "0/3 nodes are available"]) }),
      'pod "web-1" is not scheduled: 0/3 nodes are available',
    ],
    ["it is just being made", pod({ containerStatuses: [waitingContainer("ContainerCreating")] }), undefined],
    [
      "an init container fails first",
      pod({ initContainerStatuses: [{ name: "init", state: { terminated: { exitCode: 3, reason: "Error" } } }] }),
      'pod "web-1", container "init" ended with exit code 3: Error',
    ],
    [
      "it crashes again and again",
      pod({
        containerStatuses: [
          { ...waitingContainer("CrashLoopBackOff", "back-off 10s"), lastState: { terminated: { exitCode: 137 } } },
        ],
      }),
      'pod "web-1", container "web": CrashLoopBackOff: back-off 10s; it ended before with exit code 137',
    ],
    [
      "it was evicted",
      pod({ phase: "Failed", message: "The node was low on memory" }),
      'pod "web-1" failed: The node was low on memory',
    ],
  ];
  for (const [sentence, item, expected] of rows) {
    it(sentence, () => {
      assert.equal(podProblem(item), expected);
    });
  }

  it("is told by the newest warning among its events", () => {
    const event = (type: string, reason: string, lastTimestamp: string) => ({
      type,
      reason,
      message: "m",
      lastTimestamp,
    });
    const events = [event("Warning", "Old", "1"), event("Warning", "FailedMount", "3"), event("Normal", "Pulled", "4")];
    assert.equal(lastWarning(events), "FailedMount: m");
    assert.equal(lastWarning([event("Normal", "Pulled", "4")]), undefined);
  });

  it("is told by the workload's events when there is no pod", async () => {
    const warning = { type: "Warning", reason: "FailedCreate", message: "violates PodSecurity" };
    const look: Look = {
      list: (_version, kind) => Promise.resolve(kind === "Event" ? [warning] : []),
      get: () => Promise.resolve(undefined),
    };
    assert.deepEqual(await explainPods({}, "0 of 1 pods are ready", look), {
      state: "waiting",
      message: "0 of 1 pods are ready; FailedCreate: violates PodSecurity",
      problem: true,
    });
  });

  it("is looked for among the pods that the selector means", () => {
    const matchExpressions = [
      { key: "tier", operator: "In", values: ["a", "b"] },
      { key: "old", operator: "DoesNotExist" },
    ];
    assert.equal(labelSelector({ matchLabels: { app: "web" }, matchExpressions }), "app=web,tier in (a,b),!old");
  });
});

describe("what holds a deletion", () => {
  it("names each finalizer with who has to clear it, and the owner", () => {
    const held = {
      metadata: {
        finalizers: ["foregroundDeletion", "db.example.com/backup"],
        ownerReferences: [{ kind: "Cluster", name: "main" }],
        managedFields: [
          {
            manager: "db-operator",
            fieldsV1: { "f:metadata": { "f:finalizers": { 'v:"db.example.com/backup"': {} } } },
          },
        ],
      },
    };
    assert.equal(
      deletionBlockers(held),
      'it is held by finalizer "foregroundDeletion" (the garbage collector clears it once all objects that this one owns are gone)' +
        ' and finalizer "db.example.com/backup" (the controller of db.example.com has to clear it; it was set by "db-operator")' +
        '; it belongs to Cluster "main"',
    );
  });

  it("names what is left in a namespace", () => {
    const space = {
      spec: { finalizers: ["kubernetes"] },
      status: {
        conditions: conditions(["NamespaceContentRemaining", "True", "Some resources are remaining: pods. has 1"]),
      },
    };
    assert.equal(
      deletionBlockers(space),
      'it is held by finalizer "kubernetes" (the namespace controller clears it once the namespace is empty)' +
        "; Some resources are remaining: pods. has 1",
    );
  });

  it("says so when nothing does", () => {
    assert.equal(deletionBlockers({}), "no finalizer holds it");
  });
});
