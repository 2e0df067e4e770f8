import assert from "node:assert/strict";

import fc from "fast-check";

import { isDnsLabel, kebabCase } from "../../../components/core/names";
import { days } from "../../../components/core/units";
import {
  describeSecrets,
  formInWords,
  formPattern,
  type SecretForm,
  secretNames,
  type SecretRow,
  secretTable,
} from "../../../components/security/secret-table";
import { namedVersions } from "../../../components/security/secret-versions";

const table: Readonly<Record<string, SecretRow>> = secretTable;
const accepts = (form: SecretForm, value: string) => new RegExp(formPattern(form)).test(value);

describe("the table of secrets", () => {
  for (const [name, row] of Object.entries(table)) {
    it(`says all there is to say of ${name}`, () => {
      for (const text of [row.title, row.owner, row.consumers, row.meanwhile, formInWords(row.form)]) {
        assert.match(text, /^[^|\n"]+$/);
      }
      assert.ok(days(row.rotateEvery) >= 1 && days(row.rotateEvery) <= 365);
      assert.ok(isDnsLabel(kebabCase(name)), "its name is a part of keys in stores");
    });
  }

  it("has a line for each in the documentation", () => {
    const lines = describeSecrets().split("\n").slice(2);
    assert.deepEqual(
      lines.map((line) => /^\| `(\w+)`/.exec(line)?.[1]),
      secretNames,
    );
  });

  const form = (kind: "hexadecimal" | "password", characters = 32): SecretForm => ({ kind, characters });
  const characters = (alphabet: string, count: number) =>
    fc.string({ unit: fc.constantFrom(...Array.from(alphabet)), minLength: count, maxLength: count });

  it("accepts what is generated", () => {
    fc.assert(fc.property(characters("0123456789abcdef", 32), (value) => accepts(form("hexadecimal"), value)));
    fc.assert(fc.property(characters("azAZ09", 32), (value) => accepts(form("password"), value)));
  });

  it("refuses what is too short, or has a character that a URL would have to escape", () => {
    fc.assert(fc.property(fc.string({ maxLength: 31 }), (value) => !accepts(form("password"), value)));
    fc.assert(
      fc.property(
        characters("azAZ09", 40),
        fc.nat(40),
        fc.constantFrom("@", ":", "/", "?", "#", "%", "\n", " "),
        (value, at, bad) => !accepts(form("password"), value.slice(0, at) + bad + value.slice(at)),
      ),
    );
    assert.ok(!accepts(form("hexadecimal"), "0".repeat(31)));
    assert.ok(!accepts(form("hexadecimal"), "0".repeat(33)));
    assert.ok(!accepts(secretTable.slackWebhook.form, "http://hooks.example.com"));
    assert.ok(!accepts(secretTable.registryPassword.form, "short"));
  });
});

describe("the versions of a secret", () => {
  it("are the one in use, the one before and the next, where who checks it takes neighbours", () => {
    assert.deepEqual(namedVersions("jwt", 7), [
      { name: "jwtPrevious", secret: "jwt", version: 6 },
      { name: "jwt", secret: "jwt", version: 7 },
      { name: "jwtNext", secret: "jwt", version: 8 },
    ]);
    assert.deepEqual(namedVersions("database", 7), [{ name: "database", secret: "database", version: 7 }]);
  });

  it("begin with the first one, which has itself before it", () => {
    assert.deepEqual(
      namedVersions("jwt", 1).map(({ version }) => version),
      [1, 1, 2],
    );
  });

  it("are known to old and new pods alike while a rotation rolls them, whatever the number", () => {
    const known = (rotation: number) => namedVersions("cache", rotation).map(({ version }) => version);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), (rotation) => {
        assert.ok(known(rotation).includes(rotation + 1));
        assert.ok(known(rotation + 1).includes(rotation));
        assert.ok(!known(rotation).includes(rotation + 2));
      }),
    );
  });
});
