import type { AwsContext, AwsResource } from "./table";

const RDS: Readonly<Record<string, AwsResource>> = {
  "aws:rds/instance:Instance": {
    required: ["instanceClass"],
    replaceOn: [
      "identifier",
      "identifierPrefix",
      "engine",
      "username",
      "dbName",
      "availabilityZone",
      "characterSetName",
      "kmsKeyId",
      "snapshotIdentifier",
      "storageEncrypted",
      "timezone",
      "customIamInstanceProfile",
    ],
    secrets: ["password", "passwordWo"],
    autoName: { property: "identifier", maxLength: 63 },
    id: (c) => `db-${c.hex(26).toUpperCase()}`,
    outputs: (c) => {
      const port = c.text("port") === "" ? 5432 : Number(c.text("port"));
      const address = `${c.text("identifier")}.${c.hex(12)}.${c.region}.rds.amazonaws.com`;
      return {
        arn: c.arn("rds", `db:${c.text("identifier")}`),
        resourceId: c.id,
        address,
        port,
        endpoint: `${address}:${port}`,
        hostedZoneId: `Z${c.hex(13).toUpperCase()}`,
        status: "available",
        availabilityZone: `${c.region}a`,
        engineVersionActual: c.text("engineVersion"),
        caCertIdentifier: "rds-ca-rsa2048-g1",
        ...(c.inputs["manageMasterUserPassword"] === true
          ? {
              masterUserSecrets: [
                { secretArn: c.arn("secretsmanager", `secret:rds!db-${c.hex(32)}`), secretStatus: "active" },
              ],
            }
          : {}),
      };
    },
  },
  "aws:rds/subnetGroup:SubnetGroup": {
    required: ["subnetIds"],
    replaceOn: ["name", "namePrefix"],
    autoName: { property: "name", maxLength: 255 },
    id: (c) => c.text("name"),
    outputs: (c) => ({ arn: c.arn("rds", `subgrp:${c.text("name")}`), supportedNetworkTypes: ["IPV4"] }),
  },
  "aws:rds/parameterGroup:ParameterGroup": {
    required: ["family"],
    replaceOn: ["name", "namePrefix", "family", "description"],
    autoName: { property: "name", maxLength: 255 },
    id: (c) => c.text("name"),
    outputs: (c) => ({ arn: c.arn("rds", `pg:${c.text("name")}`), description: "Managed by Pulumi" }),
  },
};

const ELASTICACHE: Readonly<Record<string, AwsResource>> = {
  "aws:elasticache/replicationGroup:ReplicationGroup": {
    required: ["description"],
    replaceOn: [
      "replicationGroupId",
      "atRestEncryptionEnabled",
      "dataTieringEnabled",
      "kmsKeyId",
      "networkType",
      "port",
      "securityGroupNames",
      "snapshotArns",
      "snapshotName",
      "subnetGroupName",
    ],
    secrets: ["authToken"],
    autoName: { property: "replicationGroupId", maxLength: 40 },
    id: (c) => c.text("replicationGroupId").toLowerCase(),
    outputs: (c) => ({
      arn: c.arn("elasticache", `replicationgroup:${c.id}`),
      primaryEndpointAddress: cacheEndpoint(c, "master"),
      readerEndpointAddress: cacheEndpoint(c, "replica"),
      configurationEndpointAddress: "",
      port: 6379,
      engineVersionActual: c.text("engineVersion"),
      clusterEnabled: false,
      memberClusters: memberClusters(c),
    }),
  },
  "aws:elasticache/subnetGroup:SubnetGroup": {
    required: ["subnetIds"],
    replaceOn: ["name"],
    autoName: { property: "name", maxLength: 255 },
    id: (c) => c.text("name"),
    outputs: (c) => ({
      arn: c.arn("elasticache", `subnetgroup:${c.text("name")}`),
      vpcId: "",
      description: "Managed by Pulumi",
    }),
  },
  "aws:elasticache/parameterGroup:ParameterGroup": {
    required: ["family"],
    replaceOn: ["name", "family", "description"],
    autoName: { property: "name", maxLength: 255 },
    id: (c) => c.text("name"),
    outputs: (c) => ({
      arn: c.arn("elasticache", `parametergroup:${c.text("name")}`),
      description: "Managed by Pulumi",
    }),
  },
  "aws:elasticache/user:User": {
    required: ["userId", "userName", "engine", "accessString"],
    replaceOn: ["userId", "userName"],
    secrets: ["passwords", "passwordsWos"],
    id: (c) => c.text("userId"),
    outputs: (c) => ({ arn: c.arn("elasticache", `user:${c.text("userId")}`) }),
  },
  "aws:elasticache/userGroup:UserGroup": {
    required: ["userGroupId", "engine"],
    replaceOn: ["userGroupId"],
    id: (c) => c.text("userGroupId"),
    outputs: (c) => ({ arn: c.arn("elasticache", `usergroup:${c.text("userGroupId")}`) }),
  },
};

/** Databases and caches. */
export const DATA: Readonly<Record<string, AwsResource>> = { ...RDS, ...ELASTICACHE };

function cacheEndpoint(c: AwsContext, role: string): string {
  return `${role}.${c.id}.${c.hex(6)}.${c.region}.cache.amazonaws.com`;
}

function memberClusters(c: AwsContext): string[] {
  const count = Number(c.text("numCacheClusters"));
  return Array.from({ length: count > 0 ? count : 1 }, (_, i) => `${c.id}-${String(i + 1).padStart(3, "0")}`);
}
