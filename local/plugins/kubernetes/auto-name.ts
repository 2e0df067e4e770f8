import { createHmac, randomBytes } from "node:crypto";
import { annotation } from "./objects";
import { get, isObject, text, UNKNOWN, withField, type JsonObject } from "./properties";

/** Marks an object whose name was made by the provider: a replacement may stand beside it. */
const AUTONAMED = "pulumi.com/autonamed";

/** What the stack's `pulumi:autonaming` setting says of one resource. */
export type Autonaming = { readonly mode: "propose"; readonly name: string } | { readonly mode: "disable" } | undefined;

/** `<prefix>-<8 hex digits>`; the same seed gives the same name. An empty seed is random. */
export function uniqueName(prefix: string, seed: Uint8Array): string {
  const digits =
    seed.length > 0
      ? createHmac("sha256", seed).update(prefix).digest("hex").slice(0, 8)
      : randomBytes(4).toString("hex");
  return `${prefix}-${digits}`;
}

export function isNamed(inputs: JsonObject): boolean {
  const name = get(inputs, "metadata", "name");
  return typeof name === "string" && name !== "";
}

export function isAutonamed(item: JsonObject): boolean {
  return annotation(item, AUTONAMED) === "true";
}

/**
 * Gives an object a name where its inputs have none: the one that its former self was given, or a new one.
 * An object whose metadata is unknown stays as it is: there is nothing to write the name into.
 *
 * @throws Error when names are switched off for the stack, or `generateName` is used
 */
export function assignName(
  inputs: JsonObject,
  former: JsonObject | undefined,
  resourceName: string,
  seed: Uint8Array,
  autonaming?: Autonaming,
): JsonObject {
  const metadata = get(inputs, "metadata");
  if (metadata === UNKNOWN || isNamed(inputs)) return inputs;
  if (isObject(metadata) && metadata["generateName"] !== undefined) {
    throw new Error("the `.metadata.generateName` field is not supported in Server-Side Apply mode");
  }
  const annotations = get(inputs, "metadata", "annotations");
  const marked = annotations === UNKNOWN ? inputs : withField(inputs, ["metadata", "annotations", AUTONAMED], "true");
  const formerName = former === undefined || !isAutonamed(former) ? undefined : text(former, "metadata", "name");
  if (formerName !== undefined) return withField(marked, ["metadata", "name"], formerName);
  if (autonaming?.mode === "disable") {
    throw new Error("autonaming is disabled, resource requires the .metadata.name field to be set");
  }
  const name = autonaming?.name ?? uniqueName(resourceName, seed);
  return withField(marked, ["metadata", "name"], name);
}
