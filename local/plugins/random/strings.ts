import type { CheckFailure, ResourceKind } from "../shared/resource-kind";
import { secret } from "../shared/values";
import type { PlainProperties, Properties } from "../shared/values";
import { characterClasses, randomString } from "./generate";

/** The cost that the official provider uses. */
const BCRYPT_COST = 10;

/** bcrypt looks at no more than this; the official provider cuts as well. */
const BCRYPT_MAX_BYTES = 72;

const DEFAULTS = {
  lower: true,
  upper: true,
  numeric: true,
  number: true,
  special: true,
  minLower: 0,
  minUpper: 0,
  minNumeric: 0,
  minSpecial: 0,
} as const;

function check(inputs: PlainProperties): readonly CheckFailure[] {
  const failures: CheckFailure[] = [];
  const { length } = inputs;
  if (typeof length === "number" && (!Number.isInteger(length) || length < 1)) {
    failures.push({ property: "length", reason: `length must be a whole number of at least 1, not ${length}` });
  }
  const classes = characterClasses(inputs);
  if (classes.every(({ allowed }) => !allowed)) {
    failures.push({ property: "special", reason: "allow at least one of lower, upper, numeric and special" });
  }
  for (const { name, minimumInput, allowed, minimum } of classes) {
    if (minimum < 0 || !Number.isInteger(minimum)) {
      failures.push({ property: minimumInput, reason: `${minimumInput} must be a whole number of at least 0` });
    } else if (minimum > 0 && !allowed) {
      failures.push({
        property: minimumInput,
        reason: `${minimumInput} asks for characters that ${name} = false forbids`,
      });
    }
  }
  const least = classes.reduce((sum, { minimum }) => sum + minimum, 0);
  if (typeof length === "number" && least > length) {
    failures.push({
      property: "length",
      reason: `length is ${length}, but minLower, minUpper, minNumeric and minSpecial add up to ${least}`,
    });
  }
  return failures;
}

/** What every string has in its state beyond its inputs. */
function settledOptions(inputs: PlainProperties): Properties {
  const numeric = inputs["numeric"] ?? inputs["number"] ?? true;
  return { ...DEFAULTS, numeric: numeric === true, number: numeric === true };
}

function generate(inputs: PlainProperties): string {
  return randomString(Number(inputs["length"]), characterClasses(inputs));
}

async function passwordOutputs(result: string): Promise<Properties> {
  const { hash } = await import("bcryptjs");
  const bytes = Buffer.from(result).subarray(0, BCRYPT_MAX_BYTES).toString();
  return { result: secret(result), bcryptHash: secret(await hash(bytes, BCRYPT_COST)) };
}

/** Its id is the string itself, as with the official provider: for what is secret there is RandomPassword. */
export const string: ResourceKind<undefined> = {
  required: ["length"],
  replaceOn: ["*"],
  check,
  computed: () => [...Object.keys(DEFAULTS), "result"],
  create({ inputs }) {
    const result = generate(inputs);
    return { id: result, outputs: { ...settledOptions(inputs), result } };
  },
  import: (id) => ({ inputs: { length: id.length }, outputs: { ...DEFAULTS, result: id } }),
};

export const password: ResourceKind<undefined> = {
  required: ["length"],
  replaceOn: ["*"],
  secrets: ["result", "bcryptHash"],
  check,
  computed: () => [...Object.keys(DEFAULTS), "result", "bcryptHash"],
  async create({ inputs }) {
    return { id: "none", outputs: { ...settledOptions(inputs), ...(await passwordOutputs(generate(inputs))) } };
  },
  // The id on the command line is the password, which must not become the id in plain state.
  async import(value) {
    return {
      id: "none",
      inputs: { length: value.length },
      outputs: { ...DEFAULTS, ...(await passwordOutputs(value)) },
    };
  },
};
