import type { Finding, RefereeName } from "./findings";

/** A check that does not hold for some objects, and why it need not. */
export interface Skip {
  readonly referee: RefereeName;
  readonly check: string;
  /** The objects; what is left out is any. */
  readonly on: {
    readonly kind?: string;
    readonly names?: readonly string[];
    readonly namespaces?: readonly string[];
    readonly labels?: Readonly<Record<string, string>>;
    readonly stack?: string;
  };
  readonly reason: string;
}

const WEB_SERVICE = { "app.kubernetes.io/component": "web-service" };

/** Every check that is skipped. One that excuses nothing any more fails the judgement of all stacks. */
export const skips: readonly Skip[] = [
  {
    referee: "kube-score",
    check: "container-image-pull-policy",
    on: {},
    reason:
      "an image named by digest is never stale on a node; with Always, a registry that is down would keep a restarted pod from coming back",
  },
  {
    referee: "checkov",
    check: "CKV_K8S_15",
    on: { stack: "local" },
    reason: "a local image may be on the nodes and in no registry; checkov accepts this wherever there is a digest",
  },
  {
    referee: "checkov",
    check: "CKV_K8S_43",
    on: { stack: "local" },
    reason: "a local stack runs what was just built, by tag; every other one is refused without a digest",
  },
  {
    referee: "kube-score",
    check: "pod-probes-identical",
    on: { kind: "Deployment", labels: WEB_SERVICE },
    reason:
      "the service has one health endpoint (spec 004); a pod leaves the traffic after 15 s of failures, and is restarted after 60 s only",
  },
  {
    referee: "checkov",
    check: "CKV_K8S_35",
    on: { kind: "Deployment", labels: WEB_SERVICE },
    reason: "the service reads its secrets from environment variables (spec 004, Appendix A), and from nowhere else",
  },
  {
    referee: "kube-score",
    check: "networkpolicy-targets-pod",
    on: {
      kind: "NetworkPolicy",
      names: ["timescaledb-poolers", "timescaledb-recovered-servers", "timescaledb-servers"],
    },
    reason: "the pods that it protects are made by CloudNativePG's operator, and are in no render",
  },
  {
    referee: "kube-score",
    check: "networkpolicy-targets-pod",
    on: {
      kind: "NetworkPolicy",
      namespaces: ["cert-manager", "cnpg-system", "external-secrets", "metrics-server", "nginx-ingress"],
    },
    reason: "the pods that it protects are a chart's, and a render lists charts without opening them",
  },
  {
    referee: "kube-score",
    check: "pod-probes-identical",
    on: { names: ["redis-proxy", "valkey"] },
    reason:
      "a Sentinel, an exporter and a proxy have one sign of life each; a pod leaves the traffic well before it is restarted, and the servers' own two probes differ",
  },
  {
    referee: "checkov",
    check: "CKV_SECRET_6",
    on: { kind: "Cluster", names: ["timescaledb"] },
    reason: "what looks random are the digests of its two images",
  },
];

/** Whether a skip is about this finding. */
export function excuses({ referee, check, on }: Skip, finding: Finding): boolean {
  const { kind, name, namespace = "", labels } = finding.object;
  return (
    referee === finding.referee &&
    check === finding.check &&
    (on.stack ?? finding.stack) === finding.stack &&
    (on.kind ?? kind) === kind &&
    (on.names ?? [name]).includes(name) &&
    (on.namespaces ?? [namespace]).includes(namespace) &&
    Object.entries(on.labels ?? {}).every(([key, value]) => labels[key] === value)
  );
}

export function describeSkip({ referee, check, on }: Skip): string {
  return `${referee} ${check} on ${JSON.stringify(on)}`;
}
