import { randomBytes, randomInt, randomUUID } from "node:crypto";

import type { CheckFailure, ResourceKind } from "../shared/resource-kind";
import { secret } from "../shared/values";
import type { PlainProperties, Properties } from "../shared/values";

function wholeNumber(property: string, least: number) {
  return (inputs: PlainProperties): readonly CheckFailure[] => {
    const value = inputs[property];
    if (typeof value !== "number" || (Number.isInteger(value) && value >= least)) return [];
    return [{ property, reason: `${property} must be a whole number of at least ${least}, not ${value}` }];
  };
}

function idOutputs(bytes: Buffer, prefix: string): Properties {
  const hex = bytes.toString("hex");
  return {
    b64Std: prefix + bytes.toString("base64"),
    b64Url: prefix + bytes.toString("base64url"),
    dec: prefix + BigInt(`0x${hex}`).toString(),
    hex: prefix + hex,
  };
}

/** Its id is the value as URL-safe base64 without the prefix. Imported as `b64Url` or `prefix,b64Url`. */
export const id: ResourceKind<undefined> = {
  required: ["byteLength"],
  replaceOn: ["*"],
  check: wholeNumber("byteLength", 1),
  computed: () => ["b64Std", "b64Url", "dec", "hex"],
  create({ inputs }) {
    const bytes = randomBytes(Number(inputs["byteLength"]));
    const prefix = typeof inputs["prefix"] === "string" ? inputs["prefix"] : "";
    return { id: bytes.toString("base64url"), outputs: idOutputs(bytes, prefix) };
  },
  import(imported) {
    const [prefix, encoded] = imported.includes(",")
      ? [imported.split(",")[0] ?? "", imported.split(",")[1]]
      : ["", imported];
    const bytes = Buffer.from(encoded ?? "", "base64url");
    return {
      inputs: { byteLength: bytes.length, ...(prefix === "" ? {} : { prefix }) },
      outputs: idOutputs(bytes, prefix),
    };
  },
};

/**
 * The official provider uses the base64 value as its id, in plain text, and says in its source that this cannot be helped.
 * Here the id is `none`: a secret stays one.
 */
export const bytes: ResourceKind<undefined> = {
  required: ["length"],
  replaceOn: ["*"],
  secrets: ["base64", "hex"],
  check: wholeNumber("length", 1),
  computed: () => ["base64", "hex"],
  create({ inputs }) {
    const value = randomBytes(Number(inputs["length"]));
    return {
      id: "none",
      outputs: { base64: secret(value.toString("base64")), hex: secret(value.toString("hex")) },
    };
  },
};

function uuidKind(make: () => string): ResourceKind<undefined> {
  return {
    replaceOn: ["*"],
    computed: () => ["result"],
    create() {
      const result = make();
      return { id: result, outputs: { result } };
    },
    import: (imported) => ({ inputs: {}, outputs: { result: imported } }),
  };
}

/** RFC 9562 version 7: 48 bits of milliseconds since 1970, version, variant, the rest random. */
export function uuid7(now: number = Date.now()): string {
  const value = randomBytes(16);
  value.writeUIntBE(now, 0, 6);
  value.writeUInt8((value.readUInt8(6) & 0x0f) | 0x70, 6);
  value.writeUInt8((value.readUInt8(8) & 0x3f) | 0x80, 8);
  return value.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export const uuid = uuidKind(randomUUID);
export const uuidVersion7 = uuidKind(() => uuid7());

/** The largest distance that crypto.randomInt can choose from. */
const MAX_RANGE = 2 ** 48 - 1;

export const integer: ResourceKind<undefined> = {
  required: ["min", "max"],
  replaceOn: ["*"],
  check({ min, max, seed }) {
    const failures: CheckFailure[] = [];
    if (typeof min === "number" && typeof max === "number" && (min > max || max - min >= MAX_RANGE)) {
      failures.push({
        property: "max",
        reason: `max must be at least min (${min}) and less than 2^48 above it, not ${max}`,
      });
    }
    if (seed !== undefined && seed !== null) {
      failures.push({
        property: "seed",
        reason: "the stand-in of the random provider cannot repeat the official provider's sequence: leave seed out",
      });
    }
    return failures;
  },
  computed: () => ["result"],
  create({ inputs }) {
    const result = randomInt(Number(inputs["min"]), Number(inputs["max"]) + 1);
    return { id: String(result), outputs: { result } };
  },
};
