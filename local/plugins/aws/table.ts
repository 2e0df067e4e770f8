import { createHash, randomBytes } from "node:crypto";

import type { AutoName, ResourceContext, ResourceKind } from "../shared/resource-kind";
import { isPlainProperties } from "../shared/values";
import type { Plain, PlainProperties, Properties } from "../shared/values";
import type { AwsSettings } from "./settings";

/** What a row of the table computes outputs from. */
export interface AwsContext {
  readonly name: string;
  readonly inputs: PlainProperties;
  readonly settings: AwsSettings;
  readonly region: string;
  readonly account: string;
  readonly id: string;
  /** Hexadecimal digits that depend on the resource's URN and on the inputs whose change replaces it. */
  hex(digits: number, salt?: string): string;
  /** Random hexadecimal digits, for the id of what is replaced when a secret changes: a hash could be guessed from. */
  random(digits: number): string;
  /** An input as text; empty when it is absent, unknown or no plain value. */
  text(input: string): string;
  /** `arn:aws:service:region:account:resource`; in IAM and S3 without region, in S3 without account. */
  arn(service: string, resource: string): string;
}

/** One type of AWS resource: what its outputs look like, and which changes AWS cannot make in place. */
export interface AwsResource {
  readonly required?: readonly string[];
  readonly replaceOn?: readonly string[];
  readonly secrets?: readonly string[];
  readonly autoName?: AutoName;
  /** @default true: it has `tags`, and `tagsAll` with the provider's default tags */
  readonly tagged?: boolean;
  /** @default true: it has a `region`, whose change replaces it */
  readonly regional?: boolean;
  id(context: AwsContext): string;
  outputs?(context: AwsContext): Properties;
  /** Outputs that need the embedded API server. */
  live?(context: AwsContext): Promise<Properties>;
}

/** Services whose ARNs name no region. */
const GLOBAL_SERVICES = new Set(["iam", "route53", "s3"]);

/** Services whose ARNs name no account. */
const ACCOUNTLESS_SERVICES = new Set(["route53", "s3"]);

export function arn(settings: AwsSettings, service: string, resource: string, region = settings.region): string {
  return [
    "arn",
    settings.partition,
    service,
    GLOBAL_SERVICES.has(service) ? "" : region,
    ACCOUNTLESS_SERVICES.has(service) ? "" : settings.account,
    resource,
  ].join(":");
}

/** Makes a row of the table a kind of resource that the provider server understands. */
export function awsKind(row: AwsResource): ResourceKind<AwsSettings> {
  const regional = row.regional ?? true;
  const replaceOn = [...(row.replaceOn ?? []), ...(regional ? ["region"] : [])];
  const withId = (context: ResourceContext<AwsSettings>, id?: string) => awsContext(row, replaceOn, context, id);
  const outputsOf = (context: AwsContext): Properties => ({
    ...(regional ? { region: context.region } : {}),
    ...((row.tagged ?? true) ? { tagsAll: { ...context.settings.defaultTags, ...tags(context.inputs["tags"]) } } : {}),
    ...row.outputs?.(context),
  });
  return {
    replaceOn,
    ...(row.required === undefined ? {} : { required: row.required }),
    ...(row.secrets === undefined ? {} : { secrets: row.secrets }),
    ...(row.autoName === undefined ? {} : { autoName: row.autoName }),
    computed: (context) => Object.keys(outputsOf(withId(context))),
    async create(context) {
      const full = withId(context);
      return { id: full.id, outputs: { ...outputsOf(full), ...(await row.live?.(full)) } };
    },
    async update(context, id) {
      const full = withId(context, id);
      return { ...outputsOf(full), ...(await row.live?.(full)) };
    },
  };
}

function awsContext(
  row: AwsResource,
  replaceOn: readonly string[],
  { urn, name, inputs, settings }: ResourceContext<AwsSettings>,
  id: string | undefined,
): AwsContext {
  const hidden = new Set(row.secrets);
  const identity = replaceOn
    .map((path) => path.split(".")[0] ?? path)
    .filter((property) => !hidden.has(property))
    .map((property) => [property, inputs[property] ?? null]);
  const text = (input: string) => asText(inputs[input]);
  const region = text("region") === "" ? settings.region : text("region");
  const context = {
    name,
    inputs,
    settings,
    region,
    account: settings.account,
    id: id ?? "",
    hex: (digits: number, salt = "") =>
      createHash("sha256")
        .update(JSON.stringify([urn, identity, salt]))
        .digest("hex")
        .slice(0, digits),
    random: (digits: number) => randomBytes(digits).toString("hex").slice(0, digits),
    text,
    arn: (service: string, resource: string) => arn(settings, service, resource, region),
  };
  return { ...context, id: id ?? row.id(context) };
}

function asText(value: Plain | undefined): string {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}

function tags(value: Plain | undefined): PlainProperties {
  return isPlainProperties(value) ? value : {};
}
