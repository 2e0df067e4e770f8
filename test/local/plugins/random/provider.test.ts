import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { compare } from "bcryptjs";
import { randomProvider } from "../../../../local/plugins/random/definition";
import { isSecret, reveal, unknown } from "../../../../local/plugins/shared/values";
import { ProviderClient, text } from "../provider-client";

const type = (name: string) => `random:index/${name.charAt(0).toLowerCase()}${name.slice(1)}:${name}`;

describe("the stand-in of the random provider", () => {
  let provider: ProviderClient;
  before(async () => {
    provider = await ProviderClient.start(randomProvider("4.21.2"), {});
  });
  after(() => {
    provider.stop();
  });

  it("makes a password and its bcrypt hash, both secret, with an id that tells nothing", async () => {
    const { id, outputs } = await provider.create(type("RandomPassword"), { length: 32, special: false });
    const { result, bcryptHash } = outputs;

    equal(id, "none");
    ok(isSecret(result) && isSecret(bcryptHash));
    match(text(result), /^[A-Za-z0-9]{32}$/);
    match(text(bcryptHash), /^\$2[ab]\$10\$/);
    equal(await compare(text(result), text(bcryptHash)), true);
    equal(outputs["special"], false);
    equal(outputs["minUpper"], 0);
  });

  it("gives one random number in all the forms that a RandomId has", async () => {
    const { id, outputs } = await provider.create(type("RandomId"), { byteLength: 6, prefix: "app-" });
    const bytes = Buffer.from(id, "base64url");

    equal(bytes.length, 6);
    deepEqual(outputs, {
      byteLength: 6,
      prefix: "app-",
      b64Std: `app-${bytes.toString("base64")}`,
      b64Url: `app-${id}`,
      dec: `app-${bytes.readUIntBE(0, 6)}`,
      hex: `app-${bytes.toString("hex")}`,
    });
  });

  it("keeps random bytes secret, and out of the id", async () => {
    const { id, outputs } = await provider.create(type("RandomBytes"), { length: 32 });
    const { base64, hex } = outputs;

    equal(id, "none");
    ok(isSecret(base64) && isSecret(hex));
    equal(Buffer.from(text(base64), "base64").toString("hex"), reveal(hex));
  });

  it("knows in a preview what it will output, but not the values", async () => {
    const { id, outputs } = await provider.create(type("RandomPassword"), { length: unknown }, true);

    equal(id, "");
    deepEqual([reveal(outputs["length"] ?? null), reveal(outputs["result"] ?? null)], [unknown, unknown]);
  });

  it("stays within min and max, both included", async () => {
    const seen = new Set<unknown>();
    for (let i = 0; i < 60; i++) {
      seen.add((await provider.create(type("RandomInteger"), { min: -1, max: 1 })).outputs["result"]);
    }
    deepEqual([...seen].sort(), [-1, 0, 1]);
  });

  it("is replaced by a change of any input, keepers included", async () => {
    deepEqual(
      await provider.diff(
        type("RandomId"),
        { byteLength: 4, keepers: { a: "1" } },
        { byteLength: 4, keepers: { a: "2" } },
      ),
      {
        diffs: ["keepers"],
        replaces: ["keepers"],
        deleteBeforeReplace: false,
      },
    );
  });

  it("refuses what cannot be, each with its property", async () => {
    const faults = async (name: string, inputs: Parameters<ProviderClient["check"]>[1]) =>
      (await provider.check(type(name), inputs)).failures;

    deepEqual(await faults("RandomPassword", {}), ['length: missing required property "length"']);
    deepEqual(await faults("RandomPassword", { length: 0 }), [
      "length: length must be a whole number of at least 1, not 0",
    ]);
    deepEqual(await faults("RandomString", { length: 4, minUpper: 3, minLower: 2 }), [
      "length: length is 4, but minLower, minUpper, minNumeric and minSpecial add up to 5",
    ]);
    deepEqual(await faults("RandomString", { length: 4, special: false, minSpecial: 1 }), [
      "minSpecial: minSpecial asks for characters that special = false forbids",
    ]);
    deepEqual(await faults("RandomString", { length: 4, lower: false, upper: false, numeric: false, special: false }), [
      "special: allow at least one of lower, upper, numeric and special",
    ]);
    deepEqual(await faults("RandomId", { byteLength: 0.5 }), [
      "byteLength: byteLength must be a whole number of at least 1, not 0.5",
    ]);
    deepEqual(await faults("RandomInteger", { min: 3, max: 1, seed: "x" }), [
      "max: max must be at least min (3) and less than 2^48 above it, not 1",
      "seed: the stand-in of the random provider cannot repeat the official provider's sequence: leave seed out",
    ]);
    deepEqual(await faults("RandomPassword", { length: unknown }), []);
  });

  it("imports by value, and keeps an imported password out of the id", async () => {
    const { id, inputs, outputs } = await provider.read(type("RandomPassword"), "an imported password");
    equal(id, "none");
    deepEqual(inputs, { length: 20 });
    ok(isSecret(outputs["result"]));
    equal(reveal(outputs["result"]), "an imported password");

    equal((await provider.read(type("RandomId"), "p-,3q2-7w")).outputs["hex"], "p-deadbeef");
    equal((await provider.read(type("RandomUuid"), "x")).outputs["result"], "x");
    await rejects(provider.read(type("RandomInteger"), "5"), {
      message:
        'random:index/randomInteger:RandomInteger "5" cannot be read: the stand-in of the random provider knows only what this stack created. Import it where the official provider is installed',
    });
  });

  it("refreshes to what it was", async () => {
    const inputs = { byteLength: 4 };
    const { id, outputs } = await provider.create(type("RandomId"), inputs);

    deepEqual(await provider.read(type("RandomId"), id, inputs, outputs), { id, inputs, outputs });
  });
});
