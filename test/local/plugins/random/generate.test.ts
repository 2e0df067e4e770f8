import { equal, match, ok } from "node:assert/strict";
import * as fc from "fast-check";
import { characterClasses, randomString } from "../../../../local/plugins/random/generate";
import { uuid7 } from "../../../../local/plugins/random/numbers";

function count(text: string, pattern: RegExp): number {
  return Array.from(text).filter((character) => pattern.test(character)).length;
}

describe("random strings", () => {
  it("have the asked length and at least the asked number of each class, whatever is asked", () => {
    const minimum = fc.integer({ min: 0, max: 8 });
    fc.assert(
      fc.property(minimum, minimum, minimum, minimum, minimum, (minLower, minUpper, minNumeric, minSpecial, more) => {
        const length = minLower + minUpper + minNumeric + minSpecial + more + 1;
        const text = randomString(length, characterClasses({ minLower, minUpper, minNumeric, minSpecial }));

        equal(text.length, length);
        ok(count(text, /[a-z]/) >= minLower);
        ok(count(text, /[A-Z]/) >= minUpper);
        ok(count(text, /[0-9]/) >= minNumeric);
        ok(count(text, /[^a-zA-Z0-9]/) >= minSpecial);
      }),
    );
  });

  it("hold nothing of a class that is forbidden", () => {
    match(randomString(500, characterClasses({ upper: false, special: false, numeric: false })), /^[a-z]{500}$/);
  });

  it("take their special characters from overrideSpecial", () => {
    match(
      randomString(500, characterClasses({ upper: false, lower: false, numeric: false, overrideSpecial: "_-" })),
      /^[_-]{500}$/,
    );
  });

  it("put the characters that were asked for at no particular place", () => {
    const places = new Set<number>();
    for (let i = 0; i < 500; i++) {
      places.add(
        randomString(
          4,
          characterClasses({ upper: false, special: false, lower: true, numeric: true, minNumeric: 1, minLower: 3 }),
        ).search(/\d/),
      );
    }
    equal(places.size, 4);
  });
});

describe("a version 7 UUID", () => {
  it("carries its time, its version and its variant", () => {
    match(uuid7(0x0123456789ab), /^01234567-89ab-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
