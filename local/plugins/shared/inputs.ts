import { randomBytes } from "node:crypto";

import { CheckRequest } from "@pulumi/pulumi/proto/provider_pb";

import type { AutoName, CheckFailure, ResourceKind } from "./resource-kind";
import { isList, isSecret, revealProperties, secret } from "./values";
import type { Properties, Value } from "./values";

/** Where a provider notes which inputs it supplied itself, as the official ones do. The engine hides `__` properties. */
const DEFAULTS = "__defaults";

const RANDOM_DIGITS = 7;

export interface CheckedInputs {
  readonly inputs: Properties;
  readonly failures: readonly CheckFailure[];
}

export interface Naming {
  /** Fresh random bytes of the engine; the same in a preview and the update that carries it out. */
  readonly seed: Uint8Array;
  readonly autonaming: CheckRequest.AutonamingOptions | undefined;
}

/** Completes and judges the inputs of one resource: defaults, automatic name, missing inputs, secrets. */
export function checkInputs<Settings>(
  kind: ResourceKind<Settings>,
  name: string,
  olds: Properties,
  news: Properties,
  naming: Naming,
): CheckedInputs {
  const inputs: Record<string, Value> = { ...news };
  const supplied: string[] = [];
  const failures: CheckFailure[] = [];
  for (const [property, value] of Object.entries(kind.defaults ?? {})) {
    if (isMissing(inputs[property])) {
      inputs[property] = value;
      supplied.push(property);
    }
  }
  if (kind.autoName !== undefined && isMissing(inputs[kind.autoName.property])) {
    const { property } = kind.autoName;
    const made = wasSupplied(olds, property) ? olds[property] : automaticName(kind.autoName, name, naming);
    if (made === undefined) {
      failures.push({ property, reason: `automatic naming is switched off: set ${property}` });
    } else {
      inputs[property] = made;
      supplied.push(property);
    }
  }
  for (const property of kind.required ?? []) {
    if (isMissing(inputs[property])) failures.push({ property, reason: `missing required property "${property}"` });
  }
  if (kind.check !== undefined) failures.push(...kind.check(revealProperties(inputs)));
  for (const property of kind.secrets ?? []) {
    const value = inputs[property];
    if (value !== undefined && value !== null && !isSecret(value)) inputs[property] = secret(value);
  }
  inputs[DEFAULTS] = supplied;
  return { inputs, failures };
}

/** Whether a name that stays the same was chosen by the program: then the old resource has to go before the new one. */
export function keepsFixedName<Settings>(kind: ResourceKind<Settings>, olds: Properties, news: Properties): boolean {
  const property = kind.autoName?.property;
  if (property === undefined || wasSupplied(news, property)) return false;
  const [old, next] = [revealProperties(olds)[property], revealProperties(news)[property]];
  return old !== undefined && old === next;
}

function wasSupplied(inputs: Properties, property: string): boolean {
  const supplied = inputs[DEFAULTS];
  return isList(supplied) && supplied.includes(property);
}

function isMissing(value: Value | undefined): boolean {
  return value === undefined || value === null;
}

function automaticName(rule: AutoName, name: string, { seed, autonaming }: Naming): string | undefined {
  switch (autonaming?.getMode()) {
    case CheckRequest.AutonamingOptions.Mode.DISABLE:
      return undefined;
    case CheckRequest.AutonamingOptions.Mode.ENFORCE:
    case CheckRequest.AutonamingOptions.Mode.PROPOSE:
      return autonaming.getProposedName();
    case undefined: {
      const bytes = seed.length >= RANDOM_DIGITS ? seed : randomBytes(RANDOM_DIGITS);
      const digits = Buffer.from(bytes).toString("hex").slice(0, RANDOM_DIGITS);
      return `${name.slice(0, rule.maxLength - RANDOM_DIGITS - 1)}-${digits}`;
    }
  }
}
