import { join } from "node:path";
import type { StateFolder } from "../state";
import type { Pki } from "./pki";
import { loopback, type PortName, type PortTable } from "./ports";

/** The control plane's processes, in the order in which they need each other. */
export const partNames = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"] as const;

export type PartName = (typeof partNames)[number];

/** Where each part's program is, and its version. */
export type Tools = Readonly<Record<PartName, { readonly path: string; readonly version: string }>>;

export interface PartSpec {
  readonly name: PartName;
  readonly args: readonly string[];
  /** Where it listens; the first is shown to people. */
  readonly ports: readonly [PortName, ...PortName[]];
  /** Answers 200 when the part works. */
  readonly health: string;
  /** What the part is, in a few words, for `status`. */
  readonly role: string;
}

export interface PartPaths {
  readonly controllerManagerKubeconfig: string;
  readonly schedulerKubeconfig: string;
  readonly kwokKubeconfig: string;
  readonly kwokConfig: string;
}

export function partPaths(state: StateFolder): PartPaths {
  return {
    controllerManagerKubeconfig: join(state.config, "kube-controller-manager.kubeconfig"),
    schedulerKubeconfig: join(state.config, "kube-scheduler.kubeconfig"),
    kwokKubeconfig: join(state.config, "kwok.kubeconfig"),
    kwokConfig: join(state.config, "kwok.yaml"),
  };
}

/** How each part is started. Everything listens on loopback, over TLS with certificates of our own (kwok: health only). */
export function partSpecs(state: StateFolder, ports: PortTable, pki: Pki): Readonly<Record<PartName, PartSpec>> {
  const url = (port: PortName, scheme = "https") => `${scheme}://${loopback}:${ports[port]}`;
  const paths = partPaths(state);
  const server = pki.certificates["loopback-server"];
  const serving = [`--tls-cert-file=${server.certificateFile}`, `--tls-private-key-file=${server.keyFile}`];
  const asClient = (file: string) => [
    `--kubeconfig=${file}`,
    `--authentication-kubeconfig=${file}`,
    `--authorization-kubeconfig=${file}`,
  ];

  return {
    etcd: {
      name: "etcd",
      role: "the cluster's data",
      ports: ["etcd", "etcdPeer"],
      health: `${url("etcd")}/health`,
      args: [
        "--name=local",
        `--data-dir=${state.etcd}`,
        `--listen-client-urls=${url("etcd")}`,
        `--advertise-client-urls=${url("etcd")}`,
        `--listen-peer-urls=${url("etcdPeer")}`,
        `--initial-advertise-peer-urls=${url("etcdPeer")}`,
        `--initial-cluster=local=${url("etcdPeer")}`,
        // Nobody else on this machine may read the cluster's secrets behind the API server's back.
        "--client-cert-auth",
        `--trusted-ca-file=${pki.etcdAuthority.certificateFile}`,
        `--cert-file=${pki.certificates.etcd.certificateFile}`,
        `--key-file=${pki.certificates.etcd.keyFile}`,
        "--peer-client-cert-auth",
        `--peer-trusted-ca-file=${pki.etcdAuthority.certificateFile}`,
        `--peer-cert-file=${pki.certificates.etcd.certificateFile}`,
        `--peer-key-file=${pki.certificates.etcd.keyFile}`,
        // A killed process loses nothing by it; a machine that loses power may, and `reset` makes a new cluster.
        "--unsafe-no-fsync",
        // It elects itself: there is nobody to be waited for (milliseconds).
        "--heartbeat-interval=20",
        "--election-timeout=100",
        "--auto-compaction-mode=periodic",
        "--auto-compaction-retention=10m",
        "--log-level=warn",
      ],
    },
    "kube-apiserver": {
      name: "kube-apiserver",
      role: "the Kubernetes API",
      ports: ["apiServer"],
      health: `${url("apiServer")}/readyz`,
      args: [
        `--bind-address=${loopback}`,
        `--secure-port=${ports.apiServer}`,
        // Without these two it asks for a network interface, and publishes an endpoint that no pod could reach.
        `--advertise-address=${loopback}`,
        "--endpoint-reconciler-type=none",
        `--etcd-servers=${url("etcd")}`,
        `--etcd-cafile=${pki.etcdAuthority.certificateFile}`,
        `--etcd-certfile=${pki.certificates["etcd-client"].certificateFile}`,
        `--etcd-keyfile=${pki.certificates["etcd-client"].keyFile}`,
        `--client-ca-file=${pki.authority.certificateFile}`,
        `--tls-cert-file=${pki.certificates["kube-apiserver"].certificateFile}`,
        `--tls-private-key-file=${pki.certificates["kube-apiserver"].keyFile}`,
        "--anonymous-auth=false",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction,PodSecurity",
        "--service-account-issuer=https://kubernetes.default.svc",
        `--service-account-key-file=${pki.serviceAccountPublicKeyFile}`,
        `--service-account-signing-key-file=${pki.serviceAccountKeyFile}`,
        "--service-cluster-ip-range=10.96.0.0/16",
        "--profiling=false",
      ],
    },
    "kube-controller-manager": {
      name: "kube-controller-manager",
      role: "the built-in controllers",
      ports: ["controllerManager"],
      health: `${url("controllerManager")}/healthz`,
      args: [
        ...asClient(paths.controllerManagerKubeconfig),
        `--bind-address=${loopback}`,
        `--secure-port=${ports.controllerManager}`,
        ...serving,
        "--leader-elect=false",
        "--use-service-account-credentials",
        `--service-account-private-key-file=${pki.serviceAccountKeyFile}`,
        `--root-ca-file=${pki.authority.certificateFile}`,
        `--cluster-signing-cert-file=${pki.authority.certificateFile}`,
        `--cluster-signing-key-file=${pki.authority.keyFile}`,
        "--profiling=false",
      ],
    },
    "kube-scheduler": {
      name: "kube-scheduler",
      role: "the scheduler",
      ports: ["scheduler"],
      health: `${url("scheduler")}/healthz`,
      args: [
        ...asClient(paths.schedulerKubeconfig),
        `--bind-address=${loopback}`,
        `--secure-port=${ports.scheduler}`,
        ...serving,
        "--leader-elect=false",
        "--profiling=false",
      ],
    },
    kwok: {
      name: "kwok",
      role: "simulated nodes, pods, volumes and operators",
      ports: ["kwok"],
      health: `${url("kwok", "http")}/healthz`,
      args: [
        `--kubeconfig=${paths.kwokKubeconfig}`,
        `--config=${paths.kwokConfig}`,
        "--manage-all-nodes",
        `--server-address=${loopback}:${ports.kwok}`,
        "--node-lease-duration-seconds=40",
      ],
    },
  };
}
