import type { CheckFailure } from "../shared/resource-kind";
import { isPlainProperties } from "../shared/values";
import type { PlainProperties } from "../shared/values";

/**
 * The account of everything simulated: no account of AWS has this number, so no ARN made here can be mistaken for a real
 * one.
 */
const ACCOUNT = "000000000000";

export interface AwsSettings {
  readonly region: string;
  readonly account: string;
  readonly partition: "aws" | "aws-cn" | "aws-us-gov";
  /** What `defaultTags` of the provider's configuration adds to every resource. */
  readonly defaultTags: PlainProperties;
}

/** The region is never guessed from the environment: a hermetic run gives the same result everywhere. */
export function checkAwsConfig(config: PlainProperties): readonly CheckFailure[] {
  const { region } = config;
  if (region === undefined || region === null || region === "") {
    return [
      {
        property: "region",
        reason: "no region is set: run `pulumi config set aws:region eu-central-1`, or another one",
      },
    ];
  }
  if (typeof region === "string" && !/^[a-z]{2,}(-[a-z]+)+-\d$/.test(region)) {
    return [{ property: "region", reason: `"${region}" is not the name of an AWS region, such as eu-central-1` }];
  }
  return [];
}

export function awsSettings(config: PlainProperties): AwsSettings {
  const region = typeof config["region"] === "string" ? config["region"] : "";
  return { region, account: ACCOUNT, partition: partitionOf(region), defaultTags: defaultTags(config) };
}

function partitionOf(region: string): AwsSettings["partition"] {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}

export function dnsSuffix(partition: AwsSettings["partition"]): string {
  return partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com";
}

function defaultTags(config: PlainProperties): PlainProperties {
  const given = config["defaultTags"];
  const tags = isPlainProperties(given) ? given["tags"] : undefined;
  return isPlainProperties(tags) ? tags : {};
}
