import assert from "node:assert/strict";

import fc from "fast-check";

import { bytes, type Bytes, type Duration, seconds } from "../../../components/core/units";
import { nginxSize, nginxTime } from "../../../components/traffic/nginx-notation";

const FACTOR: Readonly<Record<string, number>> = { k: 2 ** 10, m: 2 ** 20, s: 1 };

const read = (text: string) => Number.parseInt(text, 10) * (FACTOR[text.slice(-1)] ?? Number.NaN);
const readTime = (text: string) => Number.parseInt(text, 10) * (text.endsWith("m") ? 60 : 1);

describe("nginx's notation", () => {
  it("has the shortest unit of a size", () => {
    const table: readonly (readonly [Bytes, string])[] = [
      ["1Mi", "1m"],
      ["8Ki", "8k"],
      ["1536Ki", "1536k"],
      ["1Gi", "1024m"],
      ["20000Ki", "20m"],
    ];
    for (const [size, text] of table) assert.equal(nginxSize(size), text);
  });

  it("never makes a limit lower, nor longer than four digits", () => {
    const size = fc
      .tuple(fc.integer({ min: 1, max: 9000 }), fc.constantFrom("Ki", "Mi"))
      .map(([count, unit]) => `${count}${unit}` as Bytes);
    fc.assert(
      fc.property(size, (amount) => {
        assert.match(nginxSize(amount), /^\d{1,4}[km]$/);
        assert.ok(read(nginxSize(amount)) >= bytes(amount));
        assert.ok(read(nginxSize(amount)) < bytes(amount) + 2 ** 20);
      }),
    );
  });

  it("never makes a time shorter, nor longer than four digits", () => {
    const time = fc
      .tuple(fc.integer({ min: 1, max: 100 }), fc.constantFrom("ms", "s", "minutes", "hours"))
      .map(([count, unit]) => `${count} ${unit}` as Duration);
    fc.assert(
      fc.property(time, (duration) => {
        assert.match(nginxTime(duration), /^\d{1,4}[sm]$/);
        assert.ok(readTime(nginxTime(duration)) >= seconds(duration));
        assert.ok(readTime(nginxTime(duration)) < seconds(duration) + 60);
      }),
    );
  });
});
