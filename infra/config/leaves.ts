import { z } from "zod";

import { isDnsLabel, isHostName, isLabelValue } from "../../components/core/names";
import { type Bytes, type Cpu, type Duration, isBytes, isCpu, isDuration } from "../../components/core/units";

/** What a person needs to know about a key. Read by the messages, by docs/configuration.md and by the test of Pulumi.yaml. */
export interface KeyDoc {
  readonly description: string;
  /** The values it takes, in words. */
  readonly allowed: string;
  /** A value that would be accepted; the remedy in messages. */
  readonly example: string;
  /** One to go on with where the example is a pattern. @default the example */
  readonly sample?: string;
  /** Its value never appears in a message. */
  readonly secret?: boolean;
}

export const keyDocs = z.registry<KeyDoc>();

/** Documents a key. Defaults and `optional` come after it, so that it is found below them. */
export function key<Schema extends z.ZodType>(schema: Schema, doc: KeyDoc): Schema {
  keyDocs.add(schema, doc);
  return schema;
}

export function text(accepts: (value: string) => boolean, doc: KeyDoc) {
  return key(z.string().refine(accepts), doc);
}

export function integer(min: number, max: number, description: string, example: number, unit = "") {
  return key(z.int().min(min).max(max), {
    description,
    allowed: `a whole number from ${min} to ${max}${unit}`,
    example: String(example),
  });
}

export function choice<const Values extends readonly [string, ...string[]]>(values: Values, description: string) {
  return key(z.enum(values), { description, allowed: values.join(" or "), example: values[0] });
}

export const cpu = (description: string) =>
  key(
    z.custom<Cpu>((value) => typeof value === "string" && isCpu(value)),
    {
      description,
      allowed: "an amount of CPU, such as 100m or 2",
      example: "100m",
    },
  );

export const memory = (description: string) =>
  key(
    z.custom<Bytes>((value) => typeof value === "string" && isBytes(value)),
    {
      description,
      allowed: "an amount of memory in Ki, Mi, Gi or Ti, such as 256Mi",
      example: "256Mi",
    },
  );

export const duration = (description: string, example: Duration) =>
  key(
    z.custom<Duration>((value) => typeof value === "string" && isDuration(value)),
    {
      description,
      allowed: "a whole number with a unit (ms, s, minutes, hours, days), such as 30 s",
      example,
    },
  );

export const host = (description: string, example: string) =>
  text(isHostName, { description, allowed: "a host name of lower-case labels joined by dots", example });

export const dnsLabel = (description: string, example: string) =>
  text((value) => isDnsLabel(value), {
    description,
    allowed: "at most 63 lower-case letters, digits and dashes, beginning with a letter",
    example,
  });

export const port = (description: string, example: number) => integer(1, 65_535, description, example);

export const cidr = key(z.cidrv4(), {
  description: "a network",
  allowed: "an IPv4 network in CIDR notation",
  example: "203.0.113.0/24",
});

export const podLabels = (description: string) =>
  key(z.record(z.string(), z.string().refine(isLabelValue)), {
    description,
    allowed: "labels and their values",
    example: "postgresql",
  });

const IMAGE =
  /^[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?::\d{1,5})?(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*(?::\w[\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/;

export function isImage(value: string): boolean {
  return value.length <= 512 && IMAGE.test(value);
}

export const image = text(isImage, {
  description: "The container image. Everywhere but in a local stack it is pinned by its digest.",
  allowed: "registry/name:tag, registry/name@sha256:<64 hex> or both",
  example: "registry.example.com/monitoring-web-service:1.0.0@sha256:<64 hex>",
  sample: `registry.example.com/sample@sha256:${"0".repeat(64)}`,
});

export const version = text(isLabelValue, {
  description: "What the image calls itself; shown in labels, outputs and dashboards.",
  allowed: "a label value: letters, digits, dots, dashes, at most 63",
  example: "1.0.0",
});

export const optionalText = (accepts: (value: string) => boolean, doc: KeyDoc) =>
  key(
    z.string().refine((value) => value === "" || accepts(value)),
    doc,
  ).default("");
