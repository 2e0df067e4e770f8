import assert from "node:assert/strict";

import { type Addon, type AddonArgs, type ChartValues } from "../../../components/cluster/addons/addon";
import { barmanCloud } from "../../../components/cluster/addons/barman-cloud";
import { certManager } from "../../../components/cluster/addons/cert-manager";
import { charts } from "../../../components/cluster/addons/charts";
import { cloudNativePg } from "../../../components/cluster/addons/cloudnative-pg";
import { externalSecrets } from "../../../components/cluster/addons/external-secrets";
import { metricsServer } from "../../../components/cluster/addons/metrics-server";
import { nginxIngress, type NginxIngressArgs } from "../../../components/cluster/addons/nginx-ingress";
import { internet } from "../../../components/security/network-edges";

const args: AddonArgs = {
  network: { apiServer: { cidrs: ["10.0.0.0/24"], port: 443 }, nodes: [], nodeLocalDns: [] },
  podIdentity: false,
  monitoringNamespace: "monitoring",
  serviceMonitors: false,
};

const onAws: AddonArgs = { ...args, podIdentity: true };
const kubelets = ["10.0.16.0/20"];

const nginxArgs: NginxIngressArgs = {
  ...args,
  controller: {
    kind: "pods",
    name: "NGINX ingress controller",
    namespace: "nginx-ingress",
    labels: { "app.kubernetes.io/name": "nginx-ingress" },
  },
  ingressClass: "nginx",
  loadBalancer: { kind: "plain" },
  namespaces: ["monitoring-web-service-prod", "monitoring"],
  longestRequest: "30 s",
};

const addons: readonly Addon[] = [
  certManager({ ...args, acme: true }),
  cloudNativePg(args),
  barmanCloud(args),
  externalSecrets({ ...args, store: internet }),
  nginxIngress(nginxArgs),
  metricsServer({ ...args, kubelets }),
];

const value = (addon: Addon, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((found, key) => (found as ChartValues | undefined)?.[key], addon.values);

const open = ({ edges }: Addon) =>
  edges.map(({ from, to, ports }) => `${from.name} -> ${to.name} ${ports.map(({ port }) => port).join(",")}`);

describe("the add-ons", () => {
  it("are the charts of the table, each once", () => {
    assert.deepEqual(addons.map(({ name }) => name).sort(), Object.keys(charts).sort());
  });

  it("are pinned to one version each, from an address that is encrypted", () => {
    for (const [name, chart] of Object.entries(charts)) {
      assert.match(chart.version, /^v?\d+\.\d+\.\d+$/, name);
      assert.match("repository" in chart ? chart.repository : chart.chart, /^(https|oci):\/\//, name);
    }
  });

  it("leave their CRDs, and so everybody's custom resources, when they are removed", () => {
    const kept = (name: string) => {
      const addon = addons.find((one) => one.name === name);
      assert.ok(addon);
      return addon;
    };
    assert.deepEqual(value(kept("cert-manager"), "crds"), { enabled: true, keep: true });
    // These two charts put the annotation on their CRDs themselves.
    assert.deepEqual(value(kept("cloudnative-pg"), "crds"), { create: true });
    assert.deepEqual(value(kept("plugin-barman-cloud"), "crds"), { create: true });
    assert.equal(
      value(kept("external-secrets"), "crds", "annotations", "helm.sh/resource-policy"),
      "keep",
      "this chart's CRDs go with the release otherwise",
    );
  });

  it("state resources and a priority for their pods", () => {
    for (const addon of addons) {
      const parts = [[], ["controller"], ["webhook"], ["cainjector"], ["certController"]].filter(
        (path) => value(addon, ...path, "resources") !== undefined,
      );
      assert.ok(parts.length > 0, addon.name);
      for (const path of parts) {
        assert.match(String(value(addon, ...path, "resources", "limits", "memory")), /^\d+[MG]i$/, addon.name);
        const priority = [value(addon, ...path, "priorityClassName"), value(addon, "global", "priorityClassName")];
        assert.ok(priority.includes("system-cluster-critical"), addon.name);
      }
    }
  });

  it("reach nothing but what their table says", () => {
    assert.deepEqual(addons.map(open), [
      [
        "cert-manager -> Kubernetes API 443",
        "cert-manager webhook -> Kubernetes API 443",
        "cert-manager CA injector -> Kubernetes API 443",
        "cert-manager startup check -> Kubernetes API 443",
        "Kubernetes API -> cert-manager webhook 10250",
        "Prometheus -> cert-manager 9402",
        "Prometheus -> cert-manager webhook 9402",
        "Prometheus -> cert-manager CA injector 9402",
        "cert-manager -> the Internet 443",
      ],
      [
        "CloudNativePG operator -> Kubernetes API 443",
        "Kubernetes API -> CloudNativePG operator 9443",
        "Prometheus -> CloudNativePG operator 8080",
      ],
      ["Barman Cloud plugin -> Kubernetes API 443", "CloudNativePG operator -> Barman Cloud plugin 9090"],
      [
        "External Secrets -> Kubernetes API 443",
        "External Secrets webhook -> Kubernetes API 443",
        "External Secrets certificates -> Kubernetes API 443",
        "Kubernetes API -> External Secrets webhook 10250",
        "External Secrets -> the Internet 443",
        "Prometheus -> External Secrets 8080",
        "Prometheus -> External Secrets webhook 8080",
        "Prometheus -> External Secrets certificates 8080",
      ],
      [
        "NGINX ingress controller -> Kubernetes API 443",
        "clients -> NGINX ingress controller 80,443",
        "Prometheus -> NGINX ingress controller 9113",
      ],
      [
        "metrics server -> Kubernetes API 443",
        "Kubernetes API -> metrics server 10250",
        "metrics server -> kubelets 10250",
        "Prometheus -> metrics server 10250",
      ],
    ]);
  });

  it("reach the Pod Identity agent only if credentials come from it, and only those that need some", () => {
    const agent = "-> Pod Identity agent 80";
    const using = [
      certManager({ ...onAws, acme: true }),
      cloudNativePg(onAws),
      barmanCloud(onAws),
      externalSecrets({ ...onAws, store: internet }),
      nginxIngress({ ...nginxArgs, ...onAws }),
      metricsServer({ ...onAws, kubelets }),
    ].filter((addon) => open(addon).some((edge) => edge.endsWith(agent)));
    assert.deepEqual(
      using.map(({ name }) => name),
      ["cert-manager", "external-secrets"],
    );
    assert.ok(!open(certManager({ ...onAws, acme: false })).some((edge) => edge.endsWith(agent)));
  });
});

describe("cert-manager", () => {
  it("leaves the cluster only for a public authority", () => {
    assert.ok(!open(certManager({ ...args, acme: false })).includes("cert-manager -> the Internet 443"));
  });
});

describe("the metrics server", () => {
  it("is verified by the API server, and verifies kubelets unless that is switched off by name", () => {
    assert.equal(value(metricsServer({ ...args, kubelets }), "apiService", "insecureSkipTLSVerify"), false);
    assert.deepEqual(value(metricsServer({ ...args, kubelets }), "args"), []);
    assert.deepEqual(value(metricsServer({ ...args, kubelets, kubeletInsecureTls: true }), "args"), [
      "--kubelet-insecure-tls",
    ]);
  });
});

describe("the NGINX ingress controller", () => {
  const plain = nginxIngress(nginxArgs);
  const nlb = nginxIngress({
    ...nginxArgs,
    loadBalancer: { kind: "aws-nlb", scheme: "internal", subnets: ["10.0.1.0/24", "10.0.2.0/24"] },
  });
  const entry = (addon: Addon, key: string) => value(addon, "controller", "config", "entries", key);

  const hardening: readonly (readonly [what: string, actual: unknown, expected: unknown])[] = [
    ["TLS 1.2 at least, TLS 1.3 where a client has it", entry(plain, "ssl-protocols"), "TLSv1.2 TLSv1.3"],
    ["names itself and its version to nobody", entry(plain, "server-tokens"), "False"],
    ["redirects to TLS", entry(plain, "ssl-redirect"), "True"],
    ["limits bodies", entry(plain, "client-max-body-size"), "1m"],
    ["takes no NGINX configuration from an Ingress", value(plain, "controller", "enableSnippets"), false],
    ["has a read-only root", value(plain, "controller", "readOnlyRootFilesystem"), true],
    ["reports nothing to its vendor", value(plain, "controller", "telemetryReporting"), { enable: false }],
    ["is nobody's default", value(plain, "controller", "ingressClass", "setAsDefaultIngress"), false],
    ["watches our namespaces", value(plain, "controller", "watchNamespace"), "monitoring-web-service-prod,monitoring"],
  ];
  for (const [what, actual, expected] of hardening)
    it(what, () => {
      assert.deepEqual(actual, expected);
    });

  it("takes only ciphers with forward secrecy and authenticated encryption", () => {
    const ciphers = String(entry(plain, "ssl-ciphers")).split(":");
    assert.ok(ciphers.length >= 4);
    for (const cipher of ciphers)
      assert.match(cipher, /^ECDHE-(ECDSA|RSA)-(AES(128|256)-GCM-SHA(256|384)|CHACHA20-POLY1305)$/);
  });

  it("lives long enough to drain and to finish the longest request", () => {
    for (const [addon, drain] of [
      [plain, 20],
      [nlb, 120],
    ] as const) {
      assert.deepEqual(value(addon, "controller", "lifecycle"), { preStop: { sleep: { seconds: drain } } });
      assert.equal(value(addon, "controller", "terminationGracePeriodSeconds"), drain + 45);
      assert.equal(entry(addon, "worker-shutdown-timeout"), "45s");
    }
  });

  it("carries annotations only for the AWS Load Balancer Controller", () => {
    assert.deepEqual(value(plain, "controller", "service"), { type: "LoadBalancer", externalTrafficPolicy: "Local" });
    const annotations = Object.entries(value(nlb, "controller", "service", "annotations") as Record<string, string>);
    assert.deepEqual(
      annotations.map(([key, text]) => `${key.replace("service.beta.kubernetes.io/aws-load-balancer-", "")}: ${text}`),
      [
        "type: external",
        "nlb-target-type: ip",
        "scheme: internal",
        "proxy-protocol: *",
        "attributes: load_balancing.cross_zone.enabled=true",
        "target-group-attributes: preserve_client_ip.enabled=false,deregistration_delay.timeout_seconds=120",
        "healthcheck-protocol: http",
        "healthcheck-port: 8081",
        "healthcheck-path: /nginx-ready",
        "healthcheck-interval: 10",
        "healthcheck-healthy-threshold: 2",
        "healthcheck-unhealthy-threshold: 2",
      ],
    );
  });

  it("believes the proxy protocol from its load balancer alone, and lets only that in", () => {
    assert.equal(entry(plain, "proxy-protocol"), undefined);
    assert.equal(entry(nlb, "proxy-protocol"), "True");
    assert.equal(entry(nlb, "set-real-ip-from"), "10.0.1.0/24,10.0.2.0/24");
    assert.deepEqual(open(nlb).slice(1, 3), [
      "load balancer -> NGINX ingress controller 80,443",
      "load balancer -> NGINX ingress controller 8081",
    ]);
  });
});
