import { createHash } from "node:crypto";

import { secret } from "../shared/values";
import type { PlainProperties, Properties } from "../shared/values";
import { clusterConnection } from "./eks";
import { embeddedCluster, mintToken } from "./embedded-cluster";
import { policyDocument } from "./policy-document";
import { dnsSuffix } from "./settings";
import type { AwsSettings } from "./settings";
import { arn } from "./table";

type AwsFunction = (args: PlainProperties, settings: AwsSettings) => Promise<Properties> | Properties;

function text(args: PlainProperties, name: string): string {
  const value = args[name];
  return typeof value === "string" ? value : "";
}

function hex(digits: number, ...parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, digits);
}

/** `eu-central-1` is `euc1` in the ids of its zones. */
function zonePrefix(region: string): string {
  const [area = "", place = "", number = ""] = region.split("-");
  const compass = place.replace(
    /^(north|south)(east|west)$/,
    (_, first: string, second: string) => first.charAt(0) + second.charAt(0),
  );
  return `${area}${compass === place ? place.charAt(0) : compass}${number}`;
}

const availabilityZones: AwsFunction = (args, { region }) => {
  const excluded = Array.isArray(args["excludeNames"]) ? args["excludeNames"] : [];
  const zones = ["a", "b", "c"]
    .map((letter, i) => ({ name: `${region}${letter}`, id: `${zonePrefix(region)}-az${i + 1}` }))
    .filter(({ name }) => !excluded.includes(name));
  return {
    id: region,
    names: zones.map(({ name }) => name),
    zoneIds: zones.map(({ id }) => id),
    groupNames: [region],
    region,
  };
};

const cluster: AwsFunction = async (args, settings) => {
  const name = text(args, "name");
  const connection = await clusterConnection(name, settings.region, hex(32, name));
  return {
    id: name,
    name,
    arn: arn(settings, "eks", `cluster/${name}`),
    region: settings.region,
    status: "ACTIVE",
    version: "1.36",
    endpoint: connection.endpoint,
    certificateAuthorities: [connection.certificateAuthority],
    identities: [
      { oidcs: [{ issuer: `https://oidc.eks.${settings.region}.amazonaws.com/id/${hex(32, name).toUpperCase()}` }] },
    ],
    tags: {},
  };
};

/** Without the embedded API server there is nobody to talk to, and the token opens nothing. */
const clusterAuth: AwsFunction = async (args, { region }) => {
  const embedded = await embeddedCluster();
  const token = (embedded === undefined ? undefined : await mintToken(embedded)) ?? "k8s-aws-v1.no-embedded-api-server";
  return { id: text(args, "name"), name: text(args, "name"), region, token: secret(token) };
};

const FUNCTIONS: Readonly<Record<string, AwsFunction>> = {
  "aws:index/getAvailabilityZones:getAvailabilityZones": availabilityZones,
  "aws:index/getCallerIdentity:getCallerIdentity": (_, settings) => ({
    id: settings.account,
    accountId: settings.account,
    arn: arn(settings, "iam", "user/simulated"),
    userId: "AIDASIMULATED",
  }),
  "aws:index/getPartition:getPartition": (_, { partition }) => ({
    id: partition,
    partition,
    dnsSuffix: dnsSuffix(partition),
    reverseDnsPrefix: dnsSuffix(partition).split(".").reverse().join("."),
  }),
  "aws:index/getRegion:getRegion": (args, settings) => {
    const region = text(args, "region") || settings.region;
    return {
      id: region,
      region,
      name: region,
      description: `simulated ${region}`,
      endpoint: `ec2.${region}.amazonaws.com`,
    };
  },
  "aws:iam/getPolicyDocument:getPolicyDocument": (args) => ({
    ...args,
    version: "2012-10-17",
    ...policyDocument(args),
  }),
  "aws:eks/getCluster:getCluster": cluster,
  "aws:eks/getClusterAuth:getClusterAuth": clusterAuth,
  "aws:ssm/getParameter:getParameter": (args, settings) => {
    const name = text(args, "name");
    const value = `simulated ${name}`;
    return {
      id: name,
      name,
      arn: arn(settings, "ssm", `parameter/${name.replace(/^\//, "")}`),
      type: "String",
      value: secret(value),
      insecureValue: value,
      version: 1,
      withDecryption: true,
      region: settings.region,
    };
  },
};

export function awsFunction(token: string): AwsFunction | undefined {
  return FUNCTIONS[token];
}
