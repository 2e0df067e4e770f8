import { Struct } from "google-protobuf/google/protobuf/struct_pb";

// The engine's wire format for property values: plain JSON, and objects marked by a signature key. The constants are
// those of sdk/go/common/resource/properties.go (also in @pulumi/pulumi/runtime/rpc).
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Stands for a value that a preview cannot know yet. */
export const unknown: unique symbol = Symbol("unknown");

type Unknown = typeof unknown;

const secretMark: unique symbol = Symbol("secret");

/** A value that the engine encrypts in state and hides on screen. */
export interface Secret {
  readonly [secretMark]: true;
  readonly value: Value;
}

export function secret(value: Value): Secret {
  return { [secretMark]: true, value };
}

export function isSecret(value: Value | undefined): value is Secret {
  return typeof value === "object" && value !== null && secretMark in value;
}

export type Value = null | boolean | number | string | Secret | Unknown | readonly Value[] | Properties;

export interface Properties {
  readonly [name: string]: Value;
}

/** A value with its secrets taken out of their wrapping. Never to be sent back as it is. */
export type Plain = null | boolean | number | string | Unknown | readonly Plain[] | PlainProperties;

export interface PlainProperties {
  readonly [name: string]: Plain;
}

type Wire = null | boolean | number | string | Wire[] | { [name: string]: Wire };

export function isProperties(value: Value | undefined): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isSecret(value);
}

export function isPlainList(value: Plain | undefined): value is readonly Plain[] {
  return Array.isArray(value);
}

export function isPlainProperties(value: Plain | undefined): value is PlainProperties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

/** Reads what the engine sent. An asset, archive or resource reference stays the marked object that it is on the wire. */
export function decode(struct: Struct | undefined): Properties {
  return struct === undefined ? {} : decodeObject(struct.toJavaScript());
}

function decodeObject(wire: object): Properties {
  return Object.fromEntries(Object.entries(wire).map(([name, value]) => [name, decodeValue(value)]));
}

function decodeValue(wire: unknown): Value {
  if (wire === UNKNOWN) return unknown;
  if (Array.isArray(wire)) return wire.map(decodeValue);
  if (typeof wire === "object" && wire !== null) {
    if (SIGNATURE in wire && wire[SIGNATURE] === SECRET)
      return secret(decodeValue("value" in wire ? wire.value : null));
    return decodeObject(wire);
  }
  return typeof wire === "string" || typeof wire === "number" || typeof wire === "boolean" ? wire : null;
}

/** Writes what the engine is to get. */
export function encode(properties: Properties): Struct {
  return Struct.fromJavaScript(encodeObject(properties));
}

function encodeObject(properties: Properties): Record<string, Wire> {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, encodeValue(value)]));
}

function encodeValue(value: Value): Wire {
  if (value === unknown) return UNKNOWN;
  if (isSecret(value)) return { [SIGNATURE]: SECRET, value: encodeValue(value.value) };
  if (isList(value)) return value.map(encodeValue);
  if (isProperties(value)) return encodeObject(value);
  return value;
}

/** Takes secrets out of their wrapping, at every depth. */
export function reveal(value: Value): Plain {
  if (isSecret(value)) return reveal(value.value);
  if (isList(value)) return value.map(reveal);
  if (isProperties(value)) return revealProperties(value);
  return value;
}

export function revealProperties(properties: Properties): PlainProperties {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, reveal(value)]));
}

/** Whether any part of a value is unknown. */
export function hasUnknown(value: Value): boolean {
  if (value === unknown) return true;
  if (isSecret(value)) return hasUnknown(value.value);
  if (isList(value)) return value.some(hasUnknown);
  return isProperties(value) && Object.values(value).some(hasUnknown);
}

/** The text of every secret within a value: what must not reappear in plain text elsewhere. */
export function secretTexts(value: Value, within = false): string[] {
  if (isSecret(value)) return secretTexts(value.value, true);
  if (isList(value)) return value.flatMap((item) => secretTexts(item, within));
  if (isProperties(value)) return Object.values(value).flatMap((item) => secretTexts(item, within));
  return within && typeof value === "string" && value !== "" ? [value] : [];
}
