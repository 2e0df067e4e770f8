import type { AwsResource } from "./table";

const IAM: Readonly<Record<string, AwsResource>> = {
  "aws:iam/role:Role": {
    required: ["assumeRolePolicy"],
    replaceOn: ["name", "namePrefix", "path"],
    autoName: { property: "name", maxLength: 64 },
    regional: false,
    id: (c) => c.text("name"),
    outputs: (c) => ({
      arn: c.arn("iam", `role${pathOf(c.text("path"))}${c.text("name")}`),
      uniqueId: `AROA${c.hex(16).toUpperCase()}`,
      createDate: "1970-01-01T00:00:00Z",
      path: "/",
      maxSessionDuration: 3600,
      forceDetachPolicies: false,
      managedPolicyArns: [],
      inlinePolicies: [],
    }),
  },
  "aws:iam/policy:Policy": {
    required: ["policy"],
    replaceOn: ["name", "namePrefix", "path", "description"],
    autoName: { property: "name", maxLength: 128 },
    regional: false,
    id: (c) => c.arn("iam", `policy${pathOf(c.text("path"))}${c.text("name")}`),
    outputs: (c) => ({ arn: c.id, policyId: `ANPA${c.hex(16).toUpperCase()}`, path: "/", attachmentCount: 0 }),
  },
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": {
    required: ["role", "policyArn"],
    replaceOn: ["role", "policyArn"],
    regional: false,
    tagged: false,
    id: (c) => `${c.text("role")}/${c.text("policyArn")}`,
  },
  "aws:iam/rolePolicy:RolePolicy": {
    required: ["role", "policy"],
    replaceOn: ["role", "name", "namePrefix"],
    autoName: { property: "name", maxLength: 128 },
    regional: false,
    tagged: false,
    id: (c) => `${c.text("role")}:${c.text("name")}`,
  },
  "aws:iam/instanceProfile:InstanceProfile": {
    replaceOn: ["name", "namePrefix", "path"],
    autoName: { property: "name", maxLength: 128 },
    regional: false,
    id: (c) => c.text("name"),
    outputs: (c) => ({
      arn: c.arn("iam", `instance-profile${pathOf(c.text("path"))}${c.text("name")}`),
      uniqueId: `AIPA${c.hex(16).toUpperCase()}`,
      createDate: "1970-01-01T00:00:00Z",
      path: "/",
    }),
  },
  "aws:iam/openIdConnectProvider:OpenIdConnectProvider": {
    required: ["url", "clientIdLists"],
    replaceOn: ["url"],
    regional: false,
    id: (c) => c.arn("iam", `oidc-provider/${c.text("url").replace(/^https:\/\//, "")}`),
    outputs: (c) => ({ arn: c.id, thumbprintLists: [] }),
  },
};

const KMS: Readonly<Record<string, AwsResource>> = {
  "aws:kms/key:Key": {
    replaceOn: ["customKeyStoreId", "customerMasterKeySpec", "keyUsage", "multiRegion", "xksKeyId"],
    id: (c) => uuid(c.hex(32)),
    outputs: (c) => ({
      arn: c.arn("kms", `key/${c.id}`),
      keyId: c.id,
      customerMasterKeySpec: "SYMMETRIC_DEFAULT",
      keyUsage: "ENCRYPT_DECRYPT",
      isEnabled: true,
      multiRegion: false,
      policy: "",
      rotationPeriodInDays: 365,
    }),
  },
  "aws:kms/alias:Alias": {
    required: ["targetKeyId"],
    replaceOn: ["name", "namePrefix"],
    tagged: false,
    id: (c) => (c.text("name") === "" ? `alias/${c.name}-${c.hex(7)}` : c.text("name")),
    outputs: (c) => {
      const key = c.text("targetKeyId");
      const targetKeyArn = key.startsWith("arn:") ? key : c.arn("kms", `key/${key}`);
      return { arn: c.arn("kms", c.id), name: c.id, targetKeyArn };
    },
  },
};

const SECRETS: Readonly<Record<string, AwsResource>> = {
  "aws:secretsmanager/secret:Secret": {
    replaceOn: ["name", "namePrefix"],
    autoName: { property: "name", maxLength: 512 },
    id: (c) => c.arn("secretsmanager", `secret:${c.text("name")}-${c.hex(6)}`),
    outputs: (c) => ({ arn: c.id, policy: "", replicas: [], recoveryWindowInDays: 30 }),
  },
  "aws:secretsmanager/secretVersion:SecretVersion": {
    required: ["secretId"],
    replaceOn: ["secretId", "secretString", "secretBinary", "secretStringWoVersion"],
    secrets: ["secretString", "secretBinary", "secretStringWo"],
    tagged: false,
    id: (c) => `${c.text("secretId")}|terraform-${c.random(32)}`,
    outputs: (c) => ({
      arn: c.text("secretId"),
      versionId: c.id.split("|")[1] ?? "",
      versionStages: ["AWSCURRENT"],
      hasSecretStringWo: false,
    }),
  },
  "aws:secretsmanager/secretPolicy:SecretPolicy": {
    required: ["secretArn", "policy"],
    replaceOn: ["secretArn"],
    tagged: false,
    id: (c) => c.text("secretArn"),
  },
  "aws:secretsmanager/secretRotation:SecretRotation": {
    required: ["secretId", "rotationRules"],
    replaceOn: ["secretId"],
    tagged: false,
    id: (c) => c.text("secretId"),
    outputs: () => ({ rotationEnabled: true }),
  },
};

/** IAM, KMS and Secrets Manager. */
export const IDENTITY: Readonly<Record<string, AwsResource>> = { ...IAM, ...KMS, ...SECRETS };

function pathOf(path: string): string {
  return path === "" ? "/" : path;
}

function uuid(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
