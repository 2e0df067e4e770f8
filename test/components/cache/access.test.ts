import assert from "node:assert/strict";
import { sentinelUsers, serverUsers } from "../../../components/cache/access";

const lines = (text: string) => text.trimEnd().split("\n");

describe("the cache's users", () => {
  it("are none without a password, and none is the default", () => {
    for (const text of [serverUsers(), sentinelUsers()]) {
      const [first, ...others] = lines(text);
      assert.equal(first, "user default off resetpass resetkeys resetchannels -@all");
      for (const line of others) {
        assert.match(line, /^user [a-z]+ on >\{\{ \.\w+Previous \}\} >\{\{ \.\w+ \}\} >\{\{ \.\w+Next \}\} resetkeys /);
        assert.doesNotMatch(line, /nopass|allcommands/);
      }
    }
  });

  it("reach data only as the service, which has no command that concerns the server", () => {
    const service = lines(serverUsers()).find((line) => line.startsWith("user monitoring "));
    assert.match(service ?? "", / ~\* &\* \+@all -@admin -@dangerous \+info$/);
    const others = lines(serverUsers()).filter((line) => line !== service);
    for (const line of others) assert.doesNotMatch(line, /~|\+@/);
  });

  it("do not let the exporter read the configuration, which holds a password", () => {
    assert.doesNotMatch(lines(serverUsers()).find((line) => line.includes("exporter")) ?? "", /config/);
  });
});
