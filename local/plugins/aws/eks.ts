import { embeddedCluster } from "./embedded-cluster";
import type { AwsContext, AwsResource } from "./table";

/** Where the cluster answers: the embedded API server when one is set up, else an address of the right shape. */
export async function clusterConnection(
  name: string,
  region: string,
  hex: string,
): Promise<{ endpoint: string; certificateAuthority: { data: string } }> {
  const cluster = await embeddedCluster();
  return {
    endpoint: cluster?.server ?? `https://${hex.toUpperCase()}.gr7.${region}.eks.amazonaws.com`,
    certificateAuthority: {
      data: cluster?.certificateAuthority ?? Buffer.from(`no embedded API server stood for ${name}`).toString("base64"),
    },
  };
}

export const EKS: Readonly<Record<string, AwsResource>> = {
  "aws:eks/cluster:Cluster": {
    required: ["roleArn", "vpcConfig"],
    replaceOn: [
      "name",
      "roleArn",
      "bootstrapSelfManagedAddons",
      "encryptionConfig",
      "kubernetesNetworkConfig.ipFamily",
      "kubernetesNetworkConfig.serviceIpv4Cidr",
      "accessConfig.bootstrapClusterCreatorAdminPermissions",
      "outpostConfig",
    ],
    autoName: { property: "name", maxLength: 100 },
    id: (c) => c.text("name"),
    outputs: (c) => ({
      arn: c.arn("eks", `cluster/${c.text("name")}`),
      createdAt: "1970-01-01T00:00:00Z",
      status: "ACTIVE",
      platformVersion: "eks.1",
      version: "1.36",
      identities: [{ oidcs: [{ issuer: `https://oidc.eks.${c.region}.amazonaws.com/id/${c.hex(32).toUpperCase()}` }] }],
      endpoint: "",
      certificateAuthority: { data: "" },
      certificateAuthorities: [],
      clusterId: "",
    }),
    async live(c) {
      const connection = await clusterConnection(c.text("name"), c.region, c.hex(32));
      return { ...connection, certificateAuthorities: [connection.certificateAuthority] };
    },
  },
  "aws:eks/nodeGroup:NodeGroup": {
    required: ["clusterName", "nodeRoleArn", "subnetIds", "scalingConfig"],
    replaceOn: [
      "clusterName",
      "nodeGroupName",
      "nodeGroupNamePrefix",
      "nodeRoleArn",
      "subnetIds",
      "amiType",
      "capacityType",
      "diskSize",
      "instanceTypes",
      "launchTemplate.id",
      "launchTemplate.name",
      "remoteAccess",
    ],
    autoName: { property: "nodeGroupName", maxLength: 63 },
    id: (c) => `${c.text("clusterName")}:${c.text("nodeGroupName")}`,
    outputs: (c) => ({
      arn: c.arn("eks", `nodegroup/${c.text("clusterName")}/${c.text("nodeGroupName")}/${c.hex(36)}`),
      status: "ACTIVE",
      amiType: "AL2023_x86_64_STANDARD",
      capacityType: "ON_DEMAND",
      diskSize: 20,
      resources: [{ autoscalingGroups: [{ name: `eks-${c.text("nodeGroupName")}-${c.hex(8)}` }] }],
    }),
  },
  "aws:eks/addon:Addon": {
    required: ["clusterName", "addonName"],
    replaceOn: ["clusterName", "addonName", "namespaceConfig"],
    id: (c) => `${c.text("clusterName")}:${c.text("addonName")}`,
    outputs: (c) => ({
      arn: c.arn("eks", `addon/${c.text("clusterName")}/${c.text("addonName")}/${c.hex(36)}`),
      addonVersion: "v0.0.0-simulated.1",
      configurationValues: "",
      createdAt: "1970-01-01T00:00:00Z",
      modifiedAt: "1970-01-01T00:00:00Z",
    }),
  },
  "aws:eks/accessEntry:AccessEntry": {
    required: ["clusterName", "principalArn"],
    replaceOn: ["clusterName", "principalArn", "type"],
    id: (c) => `${c.text("clusterName")}:${c.text("principalArn")}`,
    outputs: (c) => ({
      accessEntryArn: c.arn("eks", `access-entry/${c.text("clusterName")}/${c.hex(36)}`),
      createdAt: "1970-01-01T00:00:00Z",
      modifiedAt: "1970-01-01T00:00:00Z",
      type: "STANDARD",
      userName: c.text("principalArn"),
      kubernetesGroups: [],
    }),
  },
  "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": {
    required: ["clusterName", "principalArn", "policyArn", "accessScope"],
    replaceOn: ["clusterName", "principalArn", "policyArn", "accessScope"],
    tagged: false,
    id: (c) => `${c.text("clusterName")}#${c.text("principalArn")}#${c.text("policyArn")}`,
    outputs: () => ({ associatedAt: "1970-01-01T00:00:00Z", modifiedAt: "1970-01-01T00:00:00Z" }),
  },
  "aws:eks/podIdentityAssociation:PodIdentityAssociation": {
    required: ["clusterName", "namespace", "serviceAccount", "roleArn"],
    replaceOn: ["clusterName", "namespace", "serviceAccount"],
    id: (c) => `${c.text("clusterName")},${associationId(c)}`,
    outputs: (c) => ({
      associationArn: c.arn("eks", `podidentityassociation/${c.text("clusterName")}/${associationId(c)}`),
      associationId: associationId(c),
      externalId: "",
    }),
  },
};

function associationId(c: AwsContext): string {
  return `a-${c.hex(17)}`;
}
