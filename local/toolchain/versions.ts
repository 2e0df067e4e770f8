import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Every program that the embedded environment runs, in the order in which they are got: what is useful first comes first. */
export const toolNames = [
  "pulumi",
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kubectl",
  "kwok",
] as const;

/** Programs that only judge a render or a chart: got when somebody asks for a judgement, and by `npm test`. */
export const refereeNames = ["kube-score", "helm"] as const;

export type ToolName = (typeof toolNames)[number] | (typeof refereeNames)[number];

/** An operating system and processor, as Node names them. */
export type Platform = `${"linux" | "darwin"}-${"x64" | "arm64"}`;

/** An official release file. Without a checksum from a source of its own there is no download: an unpinned file is not trusted. */
export interface DownloadSpec {
  readonly url: string;
  readonly sha256: string;
  /** Files to take out of a `.tar.gz`: the tool first, then what has to lie beside it. The file itself is the tool without it. */
  readonly members?: readonly string[];
}

export interface ToolSpec {
  readonly version: string;
  /** Arguments that make the tool print its version. */
  readonly versionArguments: readonly string[];
  /** Finds the version, `v1.2.3` or `1.2.3`, in what it then prints. */
  readonly versionPattern: RegExp;
  /** Folder below local/tools whose go.mod and go.sum pin the source. */
  readonly goModule: string;
  /** The Go package to build. */
  readonly goPackage: string;
  readonly ldflags: string;
  /** How long a build takes with empty Go caches on two cores, measured (seconds). */
  readonly buildSeconds: number;
  readonly downloads: Partial<Record<Platform, DownloadSpec>>;
}

/** The oldest Go that builds all modules below local/tools. */
export const minimumGo = { major: 1, minor: 26 } as const;

const kubernetesVersion = "v1.36.3";

const kubernetesLdflags =
  "-s -w -X k8s.io/component-base/version.gitVersion=v1.36.3" +
  " -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=36";

function kubernetesComponent(name: string, buildSeconds: number): ToolSpec {
  return {
    version: kubernetesVersion,
    versionArguments: ["--version"],
    versionPattern: /Kubernetes (v\S+)/,
    goModule: "kubernetes",
    goPackage: `k8s.io/kubernetes/cmd/${name}`,
    ldflags: kubernetesLdflags,
    buildSeconds,
    // The release's own checksums (CHANGELOG-1.36.md, sha512 of kubernetes-server-*.tar.gz) could not be looked up for this version.
    downloads: {},
  };
}

function pulumiDownload(platform: string, sha256: string): DownloadSpec {
  return {
    url: `https://github.com/pulumi/pulumi/releases/download/v3.230.0/pulumi-v3.230.0-${platform}.tar.gz`,
    sha256,
    members: [
      "pulumi/pulumi",
      "pulumi/pulumi-language-nodejs",
      "pulumi/pulumi-analyzer-policy",
      "pulumi/pulumi-resource-pulumi-nodejs",
    ],
  };
}

/** The one table of tools. Change a version here and in the tool's go.mod together; a test holds the two together. */
export const tools: Readonly<Record<ToolName, ToolSpec>> = {
  pulumi: {
    version: "v3.230.0",
    versionArguments: ["version"],
    versionPattern: /^(v\S+)/,
    goModule: "pulumi",
    goPackage: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    // Without its version the Automation API refuses the CLI.
    ldflags: "-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.230.0",
    buildSeconds: 180,
    // Source: pulumi/homebrew-tap, Formula/pulumi.rb at 6b6066f84daeb8d5e7f75e466bce5c08b3b04dce.
    downloads: {
      "linux-x64": pulumiDownload("linux-x64", "52337212db85636fa598689cdcf6f54c0aa8a7ccd676dc04e00f2b6334eee8ec"),
      "linux-arm64": pulumiDownload("linux-arm64", "e9684f6909335aed95657c006e62d606a88fa09ef098378aff2f3a847d462325"),
      "darwin-x64": pulumiDownload("darwin-x64", "b29c089c5907ad3f4f457aa90ac995b3cd69c9148f8309f22f9071e5d097087a"),
      "darwin-arm64": pulumiDownload(
        "darwin-arm64",
        "8e279fa8199053a592dc0c91659c327c144c73f0632a0f0047b342010f76d535",
      ),
    },
  },
  etcd: {
    version: "v3.6.8",
    versionArguments: ["--version"],
    versionPattern: /etcd Version: (\S+)/,
    goModule: "kubernetes",
    goPackage: "go.etcd.io/etcd/server/v3",
    ldflags: "-s -w",
    buildSeconds: 25,
    // Source: kubernetes-sigs/kubespray, roles/kubespray_defaults/vars/main/checksums.yml at 46dbdd3994b32640bcd806b0097f50e8fdf1d514
    // (etcd_binary_checksums).
    downloads: {
      "linux-x64": {
        url: "https://github.com/etcd-io/etcd/releases/download/v3.6.8/etcd-v3.6.8-linux-amd64.tar.gz",
        sha256: "cf9cfe91a4856cb90eed9c99e6aee4b708db2c7888b88a6f116281f04b0ea693",
        members: ["etcd-v3.6.8-linux-amd64/etcd"],
      },
      "linux-arm64": {
        url: "https://github.com/etcd-io/etcd/releases/download/v3.6.8/etcd-v3.6.8-linux-arm64.tar.gz",
        sha256: "438f56a700d17ce761510a3e63e6fa5c1d587b2dd4d7a22c179c09a649366760",
        members: ["etcd-v3.6.8-linux-arm64/etcd"],
      },
    },
  },
  "kube-apiserver": kubernetesComponent("kube-apiserver", 225),
  "kube-controller-manager": kubernetesComponent("kube-controller-manager", 60),
  "kube-scheduler": kubernetesComponent("kube-scheduler", 5),
  kubectl: {
    version: kubernetesVersion,
    versionArguments: ["version", "--client"],
    versionPattern: /Client Version: (\S+)/,
    goModule: "kubernetes",
    goPackage: "k8s.io/kubernetes/cmd/kubectl",
    ldflags: `${kubernetesLdflags} -X k8s.io/client-go/pkg/version.gitVersion=v1.36.3`,
    buildSeconds: 20,
    // Source: kubernetes-sigs/kubespray, the same file and commit as for etcd (kubectl_checksums).
    downloads: {
      "linux-x64": {
        url: "https://dl.k8s.io/release/v1.36.3/bin/linux/amd64/kubectl",
        sha256: "ebbd080e7c2e275093b55915722043257eb24004363e20acb3c4d71919f88336",
      },
      "linux-arm64": {
        url: "https://dl.k8s.io/release/v1.36.3/bin/linux/arm64/kubectl",
        sha256: "3d86f24401c41ae5a46ac50eef8865fe891d3647d324a0836f6c63757a126e62",
      },
    },
  },
  kwok: {
    version: "v0.8.0",
    versionArguments: ["--version"],
    versionPattern: /kwok version (\S+)/,
    goModule: "kwok",
    goPackage: "sigs.k8s.io/kwok/cmd/kwok",
    ldflags: "-s -w -X sigs.k8s.io/kwok/pkg/consts.Version=v0.8.0",
    buildSeconds: 60,
    // No official checksum of these release files was found.
    downloads: {},
  },
  "kube-score": {
    version: "v1.20.0",
    versionArguments: ["version"],
    versionPattern: /kube-score version: ([^,\s]+)/,
    goModule: "kube-score",
    goPackage: "github.com/zegl/kube-score/cmd/kube-score",
    ldflags: "-s -w -X main.version=v1.20.0",
    buildSeconds: 20,
    downloads: {},
  },
  helm: {
    version: "v4.3.1",
    versionArguments: ["version", "--short"],
    versionPattern: /^(v[^+\s]+)/,
    goModule: "helm",
    goPackage: "helm.sh/helm/v4/cmd/helm",
    ldflags: "-s -w -X helm.sh/helm/v4/internal/version.version=v4.3.1",
    buildSeconds: 160,
    // No official checksum of these release files was found.
    downloads: {},
  },
};

/** A command line tool from PyPI, pinned with all it needs by the hashes in local/tools/checkov/requirements.txt. */
export const checkov = {
  version: "3.3.30",
  /** Older ones are out of support, and the pinned packages are not made for them. */
  minimumPython: { major: 3, minor: 11 },
} as const;

/** YAML files in a folder of a pinned Go module, which is fetched and never built. */
export interface ModuleFiles {
  /** Folder below local/tools whose go.mod and go.sum pin the module. */
  readonly goModule: string;
  readonly module: string;
  readonly version: string;
  readonly folders: readonly string[];
}

/** The CRDs of the operators that the stack uses. The charts on a real cluster may carry other versions. */
export const crdModules: readonly ModuleFiles[] = [
  crds("github.com/cloudnative-pg/cloudnative-pg", "v1.30.0", "config/crd/bases"),
  crds("github.com/cloudnative-pg/plugin-barman-cloud", "v0.15.0", "config/crd/bases"),
  crds("github.com/prometheus-operator/prometheus-operator", "v0.85.0", "example/prometheus-operator-crd"),
  crds("github.com/cert-manager/cert-manager", "v1.21.2", "deploy/crds"),
  crds("github.com/external-secrets/external-secrets", "v1.3.2", "config/crds/bases"),
  crds("sigs.k8s.io/gateway-api", "v1.6.3", "config/crd/standard"),
];

function crds(module: string, version: string, folder: string): ModuleFiles {
  return { goModule: "crds", module, version, folders: [folder] };
}

/** What kwok plays on simulated nodes and pods; it ends at once without any. */
export const stageModule: ModuleFiles = {
  goModule: "kwok",
  module: "sigs.k8s.io/kwok",
  version: tools.kwok.version,
  folders: ["kustomize/stage/pod/fast", "kustomize/stage/node/fast", "kustomize/stage/node/heartbeat-with-lease"],
};

/** The oldest Node that runs this project, and the package that brings a newer one. */
export interface NodePins {
  readonly minimum: string;
  readonly source: string;
  readonly packages: Readonly<Record<Platform, { name: string; version: string; integrity: string }>>;
}

/** Kept as JSON because the launcher has to read it with whatever Node the machine has. */
export const nodePins = JSON.parse(readFileSync(join(__dirname, "node.json"), "utf8")) as NodePins;

export function currentPlatform(): Platform | undefined {
  const { platform, arch } = process;
  if (platform !== "linux" && platform !== "darwin") return undefined;
  return arch === "x64" || arch === "arm64" ? `${platform}-${arch}` : undefined;
}
