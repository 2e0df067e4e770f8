import assert from "node:assert/strict";

import { podSecurityViolations, type PodTemplate } from "./pod-security";

const good = () => ({
  metadata: { annotations: {} as Record<string, string> },
  spec: {
    securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    containers: [container("app")],
    initContainers: [container("init")],
    volumes: [{ name: "tmp", emptyDir: {} }] as object[],
  } as Record<string, unknown> & { containers: Container[]; initContainers: Container[]; volumes: object[] },
});

interface Container extends Record<string, unknown> {
  securityContext: Record<string, unknown>;
}

function container(name: string): Container {
  return { name, securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } } };
}

type Good = ReturnType<typeof good>;

const context = ({ spec }: Good) => spec["securityContext"] as Record<string, unknown>;
const first = ({
  spec: {
    containers: [one = container("app")],
  },
}: Good) => one;
const init = ({
  spec: {
    initContainers: [one = container("init")],
  },
}: Good) => one;

/** Each control of the standard: a change that it refuses, and what it says. */
const refused: readonly (readonly [change: (pod: Good) => unknown, violation: string])[] = [
  [
    (pod) => (context(pod)["windowsOptions"] = { hostProcess: true }),
    "HostProcess: spec.securityContext.windowsOptions.hostProcess is true",
  ],
  [
    (pod) => (init(pod).securityContext["windowsOptions"] = { hostProcess: true }),
    "HostProcess: spec.initContainers[0].securityContext.windowsOptions.hostProcess is true",
  ],
  [({ spec }) => (spec["hostNetwork"] = true), "Host Namespaces: spec.hostNetwork is true"],
  [({ spec }) => (spec["hostPID"] = true), "Host Namespaces: spec.hostPID is true"],
  [({ spec }) => (spec["hostIPC"] = true), "Host Namespaces: spec.hostIPC is true"],
  [
    (pod) => (first(pod).securityContext["privileged"] = true),
    "Privileged Containers: spec.containers[0].securityContext.privileged is true",
  ],
  [
    (pod) => (first(pod)["ports"] = [{ containerPort: 80 }, { containerPort: 81, hostPort: 81 }]),
    "Host Ports: spec.containers[0].ports[1].hostPort is 81",
  ],
  [
    (pod) => (first(pod)["livenessProbe"] = { httpGet: { host: "10.0.0.1" } }),
    'Host Probes / Lifecycle Hooks: spec.containers[0].livenessProbe.httpGet.host is "10.0.0.1"',
  ],
  [
    (pod) => (init(pod)["lifecycle"] = { preStop: { tcpSocket: { host: "10.0.0.1" } } }),
    'Host Probes / Lifecycle Hooks: spec.initContainers[0].lifecycle.preStop.tcpSocket.host is "10.0.0.1"',
  ],
  [
    (pod) => (context(pod)["appArmorProfile"] = { type: "Unconfined" }),
    'AppArmor: spec.securityContext.appArmorProfile.type is "Unconfined"',
  ],
  [
    ({ metadata }) => (metadata.annotations["container.apparmor.security.beta.kubernetes.io/app"] = "unconfined"),
    'AppArmor: metadata.annotations["container.apparmor.security.beta.kubernetes.io/app"] is "unconfined"',
  ],
  [
    (pod) => (first(pod).securityContext["seLinuxOptions"] = { type: "spc_t" }),
    'SELinux: spec.containers[0].securityContext.seLinuxOptions.type is "spc_t"',
  ],
  [
    (pod) => (context(pod)["seLinuxOptions"] = { user: "system_u" }),
    'SELinux: spec.securityContext.seLinuxOptions.user is "system_u"',
  ],
  [
    (pod) => (context(pod)["seLinuxOptions"] = { role: "system_r" }),
    'SELinux: spec.securityContext.seLinuxOptions.role is "system_r"',
  ],
  [
    (pod) => (first(pod).securityContext["procMount"] = "Unmasked"),
    '/proc Mount Type: spec.containers[0].securityContext.procMount is "Unmasked"',
  ],
  [
    (pod) => (context(pod)["sysctls"] = [{ name: "kernel.msgmax", value: "1" }]),
    'Sysctls: spec.securityContext.sysctls[0].name is "kernel.msgmax"',
  ],
  [
    (pod) => (init(pod).securityContext["allowPrivilegeEscalation"] = undefined),
    "Privilege Escalation: spec.initContainers[0].securityContext.allowPrivilegeEscalation is not set",
  ],
  [
    (pod) => (first(pod).securityContext["runAsUser"] = 0),
    "Running as Non-root user: spec.containers[0].securityContext.runAsUser is 0",
  ],
  [
    (pod) => (first(pod).securityContext["runAsNonRoot"] = false),
    "Running as Non-root: spec.containers[0].securityContext.runAsNonRoot is false",
  ],
  [
    (pod) => {
      context(pod)["runAsNonRoot"] = undefined;
      init(pod).securityContext["runAsNonRoot"] = true;
    },
    "Running as Non-root: spec.containers[0].securityContext.runAsNonRoot is not set, nor is the pod's",
  ],
  [
    (pod) => (first(pod).securityContext["seccompProfile"] = { type: "Unconfined" }),
    'Seccomp: spec.containers[0].securityContext.seccompProfile.type is "Unconfined"',
  ],
  [
    (pod) => {
      context(pod)["seccompProfile"] = undefined;
      first(pod).securityContext["seccompProfile"] = { type: "Localhost", localhostProfile: "a" };
    },
    "Seccomp: spec.initContainers[0].securityContext.seccompProfile.type is not set, nor is the pod's",
  ],
  [
    (pod) => (first(pod).securityContext["capabilities"] = { drop: ["NET_RAW"] }),
    'Capabilities: spec.containers[0].securityContext.capabilities.drop is ["NET_RAW"]',
  ],
  [
    (pod) => (first(pod).securityContext["capabilities"] = { drop: ["ALL"], add: ["NET_BIND_SERVICE", "CHOWN"] }),
    'Capabilities: spec.containers[0].securityContext.capabilities.add[1] is "CHOWN"',
  ],
  [({ spec }) => spec.volumes.push({ name: "nfs", nfs: {} }), "Volume Types: spec.volumes[1] is a nfs"],
  [
    ({ spec }) =>
      (spec["ephemeralContainers"] = [
        { ...container("debug"), securityContext: { ...container("").securityContext, privileged: true } },
      ]),
    "Privileged Containers: spec.ephemeralContainers[0].securityContext.privileged is true",
  ],
];

describe("the level restricted of Pod Security", () => {
  it("lets a pod in that keeps to it, in every form that it allows", () => {
    assert.deepEqual(podSecurityViolations(good() as PodTemplate), []);
    const other = good();
    other.spec.volumes.push({ name: "certificate", secret: {} }, { name: "data", persistentVolumeClaim: {} });
    context(other)["sysctls"] = [{ name: "net.ipv4.tcp_keepalive_time", value: "60" }];
    first(other).securityContext["capabilities"] = { drop: ["ALL"], add: ["NET_BIND_SERVICE"] };
    first(other)["livenessProbe"] = { httpGet: { path: "/", port: 80 } };
    assert.deepEqual(podSecurityViolations(other as PodTemplate), []);
  });

  for (const [change, violation] of refused) {
    it(`refuses: ${violation}`, () => {
      const pod = good();
      change(pod);
      assert.deepEqual(podSecurityViolations(pod as PodTemplate), [violation]);
    });
  }

  it("refuses a volume of the node by two controls", () => {
    const pod = good();
    pod.spec.volumes.push({ name: "host", hostPath: { path: "/" } });
    assert.deepEqual(podSecurityViolations(pod as PodTemplate), [
      'HostPath Volumes: spec.volumes[1].hostPath is {"path":"/"}',
      "Volume Types: spec.volumes[1] is a hostPath",
    ]);
  });
});
