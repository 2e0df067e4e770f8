import { isSecretKind } from "./objects";
import { object, plainObject, secretStrings, type WireObject } from "./properties";

/** What stands in a message in place of a secret. */
export const REDACTED = "[secret]";

/** Values shorter than this are replaced only where they stand alone, or common letters would vanish from messages. */
const WORD_LENGTH = 4;

/**
 * Returns a function that takes the secrets of a resource's inputs out of a message: as they are, quoted, as base64, and
 * decoded from it. The API server quotes values in its reasons.
 */
export function redactor(...inputs: readonly WireObject[]): (message: string) => string {
  const values = new Set<string>();
  for (const input of inputs) {
    for (const value of secretStrings(input)) values.add(value);
    const item = plainObject(input);
    if (!isSecretKind(item)) continue;
    for (const field of ["data", "stringData"])
      for (const value of secretStrings(object(item, field), true)) values.add(value);
  }
  const forms = new Set<string>();
  for (const value of values) {
    for (const form of [value, fromBase64(value)]) {
      if (form === undefined || form.trim() === "") continue;
      forms.add(form);
      forms.add(JSON.stringify(form).slice(1, -1));
      forms.add(Buffer.from(form, "utf8").toString("base64"));
    }
  }
  const ordered = [...forms].sort((a, b) => b.length - a.length);
  return (message) =>
    ordered.reduce((result, form) => {
      if (form.length >= WORD_LENGTH) return result.replaceAll(form, REDACTED);
      const alone = new RegExp(`(?<![\\w.-])${escape(form)}(?![\\w.-])`, "g");
      return result.replace(alone, REDACTED);
    }, message);
}

function escape(literal: string): string {
  return literal.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

function fromBase64(value: string): string | undefined {
  if (value.length < WORD_LENGTH || !/^[A-Za-z0-9+/]+={0,2}$/.test(value)) return undefined;
  const decoded = Buffer.from(value, "base64");
  return decoded.toString("base64") === value ? decoded.toString("utf8") : undefined;
}
