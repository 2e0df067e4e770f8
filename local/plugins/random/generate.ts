import { randomInt } from "node:crypto";

import type { PlainProperties } from "../shared/values";

/** The character classes of the official provider, and its special characters. */
const CLASSES = {
  lower: "abcdefghijklmnopqrstuvwxyz",
  upper: "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
  numeric: "0123456789",
  special: "!@#$%&*()-_=+[]{}<>:?",
} as const;

type ClassName = keyof typeof CLASSES;

interface CharacterClass {
  readonly name: ClassName;
  /** The input that asks for a least number of its characters. */
  readonly minimumInput: string;
  readonly characters: string;
  readonly allowed: boolean;
  readonly minimum: number;
}

const MINIMUM_INPUTS: Readonly<Record<ClassName, string>> = {
  lower: "minLower",
  upper: "minUpper",
  numeric: "minNumeric",
  special: "minSpecial",
};

/** What a random string is made of, from the inputs of RandomString and RandomPassword. */
export function characterClasses(inputs: PlainProperties): readonly CharacterClass[] {
  const override = inputs["overrideSpecial"];
  return (["lower", "upper", "numeric", "special"] as const).map((name) => {
    const minimumInput = MINIMUM_INPUTS[name];
    const minimum = inputs[minimumInput];
    const allowed = inputs[name] ?? (name === "numeric" ? inputs["number"] : undefined);
    return {
      name,
      minimumInput,
      characters: name === "special" && typeof override === "string" && override !== "" ? override : CLASSES[name],
      allowed: allowed !== false,
      minimum: typeof minimum === "number" ? minimum : 0,
    };
  });
}

/** A string of cryptographically random characters that holds the asked number of each class at random places. */
export function randomString(length: number, classes: readonly CharacterClass[]): string {
  const everything = classes
    .filter(({ allowed }) => allowed)
    .map(({ characters }) => characters)
    .join("");
  const picked = classes.flatMap(({ characters, minimum }) => pick(characters, minimum));
  picked.push(...pick(everything, length - picked.length));
  return shuffle(picked).join("");
}

function pick(characters: string, count: number): string[] {
  return Array.from({ length: count }, () => characters.charAt(randomInt(characters.length)));
}

function shuffle(items: readonly string[]): string[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = randomInt(i + 1);
    [result[i], result[j]] = [result[j] ?? "", result[i] ?? ""];
  }
  return result;
}
