import assert from "node:assert/strict";

import { at, find, type Rendered, renderStack } from "../support/resources";

/** Spec 004 speaks of production, and of one release: blue at 1.0.0. */
describe("spec 004 in the stack production", () => {
  let stack: Rendered;
  before(async () => {
    stack = await renderStack("production");
  });

  const deployment = (...path: readonly (string | number)[]) =>
    at(find(stack, "Deployment", "monitoring-web-service-blue"), "spec", ...path);
  const pod = (...path: readonly (string | number)[]) => deployment("template", "spec", ...path);
  const container = (...path: readonly (string | number)[]) => pod("containers", 0, ...path);
  const autoscaler = (...path: readonly (string | number)[]) =>
    at(find(stack, "HorizontalPodAutoscaler", "monitoring-web-service-blue"), "spec", ...path);
  const policy = (...path: readonly (string | number)[]) =>
    at(find(stack, "NetworkPolicy", "monitoring-web-service"), "spec", ...path);
  const environment = (name: string) => at(find(stack, "ConfigMap", "monitoring-web-service-config"), "data", name);
  const namespace = (label: string) =>
    at(find(stack, "Namespace", "monitoring-web-service-prod"), "metadata", "labels", label);

  const anti = ["affinity", "podAntiAffinity", "requiredDuringSchedulingIgnoredDuringExecution", 0] as const;
  const spread = ["topologySpreadConstraints", 0] as const;

  const table: readonly (readonly [what: string, actual: () => unknown, expected: unknown])[] = [
    ["Environment: production", () => namespace("environment"), "production"],
    ["Application pods: fixed number is left to the autoscaler", () => deployment("replicas"), undefined],
    ["Application pods: 100m CPU request", () => container("resources", "requests", "cpu"), "100m"],
    ["Application pods: 500m CPU limit", () => container("resources", "limits", "cpu"), "500m"],
    ["Application pods: 256Mi memory request", () => container("resources", "requests", "memory"), "256Mi"],
    ["Application pods: 512Mi memory limit", () => container("resources", "limits", "memory"), "512Mi"],
    ["Autoscaler: at least 3 replicas", () => autoscaler("minReplicas"), 3],
    ["Autoscaler: at most 10 replicas", () => autoscaler("maxReplicas"), 10],
    [
      "Autoscaler: CPU 70 %, memory 80 %",
      () => autoscaler("metrics"),
      [
        { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } } },
        { type: "Resource", resource: { name: "memory", target: { type: "Utilization", averageUtilization: 80 } } },
      ],
    ],
    [
      "Disruption budget: at least 2 available, so at most 1 of 3 unavailable",
      () => at(find(stack, "PodDisruptionBudget", "monitoring-web-service-blue"), "spec", "minAvailable"),
      2,
    ],
    [
      "Phase 2: a rollout may take 15 minutes",
      () => find(stack, "Deployment", "monitoring-web-service-blue").timeouts,
      { create: "900s", update: "900s" },
    ],
    ["Anti-affinity: required across nodes", () => pod(...anti, "topologyKey"), "kubernetes.io/hostname"],
    ["Anti-affinity: preferred across zones", () => pod(...spread, "topologyKey"), "topology.kubernetes.io/zone"],
    [
      "Anti-affinity: preferred, not required, across zones",
      () => pod(...spread, "whenUnsatisfiable"),
      "ScheduleAnyway",
    ],
    [
      "Phase 2: instance label of the blue environment",
      () => deployment("template", "metadata", "labels", "app.kubernetes.io/instance"),
      "monitoring-web-service-blue",
    ],
    [
      "Phase 2: the Service monitoring-web-service-blue on 3000, metrics on 9090",
      () => at(find(stack, "Service", "monitoring-web-service-blue"), "spec", "ports"),
      [
        { name: "http", port: 3000, targetPort: "http", protocol: "TCP" },
        { name: "metrics", port: 9090, targetPort: "metrics", protocol: "TCP" },
      ],
    ],
    ["Phase 2: health on /health", () => container("readinessProbe", "httpGet"), { path: "/health", port: "http" }],
    ["Phase 3: the service account monitoring-web-service", () => pod("serviceAccountName"), "monitoring-web-service"],
    [
      "Phase 4: the Ingress monitoring-web-service leads to blue on 3000",
      () => at(find(stack, "Ingress", "monitoring-web-service"), "spec", "rules", 0, "http", "paths"),
      [
        {
          path: "/",
          pathType: "Prefix",
          backend: { service: { name: "monitoring-web-service-blue", port: { number: 3000 } } },
        },
      ],
    ],
    [
      "Ingress: TLS",
      () => at(find(stack, "Ingress", "monitoring-web-service"), "spec", "tls", 0, "hosts"),
      ["metrics.example.com"],
    ],
    ["Appendix A: NODE_ENV", () => environment("NODE_ENV"), "production"],
    ["Appendix A: LOG_LEVEL", () => environment("LOG_LEVEL"), "info"],
    ["Appendix A: METRICS_RETENTION_DAYS", () => environment("METRICS_RETENTION_DAYS"), "90"],
    ["Appendix A: CHART_GENERATION_TIMEOUT", () => environment("CHART_GENERATION_TIMEOUT"), "30000"],
    ["Appendix A: MAX_CONCURRENT_CHARTS", () => environment("MAX_CONCURRENT_CHARTS"), "10"],
    [
      "Appendix B: ingress from the ingress controller (3000) and monitoring (9090)",
      () => policy("ingress"),
      [
        {
          from: [
            {
              podSelector: { matchLabels: { "app.kubernetes.io/name": "nginx-ingress" } },
              namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "nginx-ingress" } },
            },
          ],
          ports: [{ port: 3000, protocol: "TCP" }],
        },
        {
          from: [
            {
              podSelector: { matchLabels: { "app.kubernetes.io/name": "prometheus" } },
              namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } },
            },
          ],
          ports: [{ port: 9090, protocol: "TCP" }],
        },
      ],
    ],
    [
      "Appendix B: egress to the database (5432), the cache (6379) and external APIs (443)",
      () => [0, 1, 2].map((rule) => policy("egress", rule, "ports")),
      [[{ port: 5432, protocol: "TCP" }], [{ port: 6379, protocol: "TCP" }], [{ port: 443, protocol: "TCP" }]],
    ],
    [
      "Appendix B: egress to DNS (53)",
      () => at(find(stack, "NetworkPolicy", "every-pod"), "spec", "egress", 0, "ports"),
      [
        { port: 53, protocol: "UDP" },
        { port: 53, protocol: "TCP" },
      ],
    ],
    [
      "Appendix B: all else is denied",
      () => at(find(stack, "NetworkPolicy", "default-deny"), "spec"),
      { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
    ],
    ["Appendix C: non-root user", () => pod("securityContext", "runAsNonRoot"), true],
    ["Appendix C: read-only root filesystem", () => container("securityContext", "readOnlyRootFilesystem"), true],
    ["Appendix C: no privilege escalation", () => container("securityContext", "allowPrivilegeEscalation"), false],
    ["Appendix C: Pod Security enforced", () => namespace("pod-security.kubernetes.io/enforce"), "restricted"],
    ["Targets: a chart may take 30 s before its pod is killed", () => pod("terminationGracePeriodSeconds"), 60],
    [
      "Targets: 15 s between the endpoints and SIGTERM",
      () => container("lifecycle"),
      { preStop: { sleep: { seconds: 15 } } },
    ],
  ];

  for (const [what, actual, expected] of table) {
    it(what, () => {
      assert.deepEqual(actual(), expected);
    });
  }

  it("Appendix A and spec 003: the secret variables, in a Secret and nowhere else", () => {
    const secret = find(stack, "Secret", "monitoring-web-service-secrets");
    assert.equal(at(secret, "stringData"), "[secret]");
    assert.deepEqual(container("envFrom"), [
      { configMapRef: { name: container("envFrom", 0, "configMapRef", "name") } },
      { secretRef: { name: container("envFrom", 1, "secretRef", "name") } },
    ]);
    assert.match(String(container("envFrom", 1, "secretRef", "name")), /^monitoring-web-service-secrets-[0-9a-f]{8}$/);
  });
});

describe("spec 003 in the stack production", () => {
  const lengths = {
    "secrets-jwt": 64,
    "secrets-csrf": 32,
    "secrets-encryption-key": 32,
  };

  it("makes hexadecimal secrets of the lengths that it asks for", async () => {
    const stack = await renderStack("production");
    for (const [name, characters] of Object.entries(lengths)) {
      assert.equal(Number(at(find(stack, "RandomBytes", name), "length")) * 2, characters, name);
    }
  });

  it("hands over the secrets under the names that the service reads", async () => {
    const stack = await renderStack("production");
    const secret = find(stack, "Secret", "monitoring-web-service-secrets");
    const { value } = secret.inputs["stringData"] as { value: Record<string, string> };
    const neighbours = /_(PREVIOUS|NEXT)$/;
    assert.deepEqual(
      Object.keys(value)
        .filter((name) => !neighbours.test(name))
        .sort(),
      ["CSRF_SECRET", "DATABASE_READ_URL", "DATABASE_URL", "ENCRYPTION_KEY", "JWT_SECRET", "REDIS_URL"],
    );
    assert.match(value["DATABASE_URL"] ?? "", /^postgresql:\/\/monitoring:.+@postgresql:5432\/metrics_production\?/);
    assert.match(value["REDIS_URL"] ?? "", /^rediss:\/\/monitoring:.+@redis:6379\/0$/);
  });
});
