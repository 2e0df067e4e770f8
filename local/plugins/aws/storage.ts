import type { AwsResource } from "./table";

/** A setting of a bucket that AWS keeps as a resource of its own: its id is the bucket's name. */
function ofBucket(required: readonly string[] = []): AwsResource {
  return {
    required: ["bucket", ...required],
    replaceOn: ["bucket", "expectedBucketOwner"],
    tagged: false,
    id: (c) => c.text("bucket"),
  };
}

const S3: Readonly<Record<string, AwsResource>> = {
  "aws:s3/bucket:Bucket": {
    replaceOn: ["bucket", "bucketPrefix", "objectLockEnabled"],
    autoName: { property: "bucket", maxLength: 63 },
    id: (c) => c.text("bucket"),
    outputs: (c) => ({
      arn: c.arn("s3", c.text("bucket")),
      bucketDomainName: `${c.text("bucket")}.s3.amazonaws.com`,
      bucketRegionalDomainName: `${c.text("bucket")}.s3.${c.region}.amazonaws.com`,
      bucketRegion: c.region,
      hostedZoneId: `Z${c.hex(13).toUpperCase()}`,
      objectLockEnabled: false,
      forceDestroy: false,
    }),
  },
  "aws:s3/bucketVersioning:BucketVersioning": ofBucket(["versioningConfiguration"]),
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": ofBucket(["rules"]),
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": ofBucket(),
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": ofBucket(["rule"]),
  "aws:s3/bucketPolicy:BucketPolicy": ofBucket(["policy"]),
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": ofBucket(["rules"]),
  "aws:s3/bucketLogging:BucketLogging": ofBucket(["targetBucket", "targetPrefix"]),
  "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": ofBucket(),
  "aws:s3/bucketReplicationConfig:BucketReplicationConfig": ofBucket(["role", "rules"]),
};

const ECR: Readonly<Record<string, AwsResource>> = {
  "aws:ecr/repository:Repository": {
    replaceOn: ["name", "encryptionConfigurations"],
    autoName: { property: "name", maxLength: 256 },
    id: (c) => c.text("name"),
    outputs: (c) => ({
      arn: c.arn("ecr", `repository/${c.text("name")}`),
      registryId: c.account,
      repositoryUrl: `${c.account}.dkr.ecr.${c.region}.amazonaws.com/${c.text("name")}`,
      imageTagMutability: "MUTABLE",
    }),
  },
  "aws:ecr/lifecyclePolicy:LifecyclePolicy": {
    required: ["repository", "policy"],
    replaceOn: ["repository", "policy"],
    tagged: false,
    id: (c) => c.text("repository"),
    outputs: (c) => ({ registryId: c.account }),
  },
};

const LOGS: Readonly<Record<string, AwsResource>> = {
  "aws:cloudwatch/logGroup:LogGroup": {
    replaceOn: ["name", "namePrefix", "logGroupClass"],
    autoName: { property: "name", maxLength: 512 },
    id: (c) => c.text("name"),
    outputs: (c) => ({
      arn: c.arn("logs", `log-group:${c.text("name")}`),
      logGroupClass: "STANDARD",
      retentionInDays: 0,
      skipDestroy: false,
    }),
  },
};

const ROUTE53: Readonly<Record<string, AwsResource>> = {
  "aws:route53/zone:Zone": {
    required: ["name"],
    replaceOn: ["name", "delegationSetId"],
    regional: false,
    id: (c) => `Z${c.hex(20).toUpperCase()}`,
    outputs: (c) => {
      const nameServers = ["com", "net", "org", "co.uk"].map((tld, i) => `ns-${i}.awsdns-0${i}.${tld}`);
      return {
        arn: c.arn("route53", `hostedzone/${c.id}`),
        zoneId: c.id,
        comment: "Managed by Pulumi",
        nameServers,
        primaryNameServer: nameServers[0] ?? "",
      };
    },
  },
  "aws:route53/record:Record": {
    required: ["zoneId", "name", "type"],
    replaceOn: ["zoneId", "name", "type", "setIdentifier"],
    regional: false,
    tagged: false,
    id: (c) => [c.text("zoneId"), c.text("name"), c.text("type"), c.text("setIdentifier")].filter(Boolean).join("_"),
    outputs: (c) => ({ fqdn: c.text("name") }),
  },
};

/** Buckets, images, logs and names. */
export const STORAGE: Readonly<Record<string, AwsResource>> = { ...S3, ...ECR, ...LOGS, ...ROUTE53 };
