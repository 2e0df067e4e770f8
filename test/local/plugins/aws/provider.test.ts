import { deepEqual, equal, match, notEqual, ok, rejects } from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { awsProvider } from "../../../../local/plugins/aws/definition";
import { AWS_RESOURCES } from "../../../../local/plugins/aws/resources";
import { isSecret, reveal, secret, unknown } from "../../../../local/plugins/shared/values";
import type { Properties } from "../../../../local/plugins/shared/values";
import { ProviderClient, text } from "../provider-client";

const VPC = "aws:ec2/vpc:Vpc";
const ROLE = "aws:iam/role:Role";

describe("the stand-in of the aws provider", () => {
  let provider: ProviderClient;
  let empty: string;
  const saved = process.env["LOCAL_STATE"];

  before(async () => {
    // No environment is set up there, so an EKS cluster gets an address of its own.
    empty = mkdtempSync(join(tmpdir(), "aws-plugin-"));
    process.env["LOCAL_STATE"] = empty;
    provider = await ProviderClient.start(awsProvider("7.48.0"), {
      region: "eu-central-1",
      defaultTags: JSON.stringify({ tags: { stack: "test" } }),
    });
  });
  after(() => {
    provider.stop();
    rmSync(empty, { recursive: true });
    if (saved === undefined) delete process.env["LOCAL_STATE"];
    else process.env["LOCAL_STATE"] = saved;
  });

  it("needs a region, and one that looks like one", async () => {
    deepEqual(await provider.checkConfig({}), [
      "region: no region is set: run `pulumi config set aws:region eu-central-1`, or another one",
    ]);
    deepEqual(await provider.checkConfig({ region: "Frankfurt" }), [
      'region: "Frankfurt" is not the name of an AWS region, such as eu-central-1',
    ]);
    deepEqual(await provider.checkConfig({ region: "us-gov-west-1" }), []);
    deepEqual(await provider.checkConfig({ region: unknown }), []);
  });

  it("creates each type of its table with an id and outputs of which none is missing", async () => {
    for (const [type, row] of Object.entries(AWS_RESOURCES)) {
      const given: Properties = Object.fromEntries((row.required ?? []).map((name) => [name, `a-${name}`]));
      const { inputs, failures } = await provider.check(type, given);
      deepEqual(failures, [], type);
      const { outputs: foreseen } = await provider.create(type, inputs, true);
      const { id, outputs } = await provider.create(type, inputs);

      match(id, /^[^\s]+$/, type);
      deepEqual(Object.keys(foreseen).sort(), Object.keys(outputs).sort(), type);
      deepEqual(await provider.create(type, inputs).then((again) => again.id.length), id.length, type);
      deepEqual((await provider.read(type, id, inputs, outputs)).outputs, outputs, `${type} drifts by itself`);
      for (const name of row.secrets ?? []) {
        if (outputs[name] !== undefined) ok(isSecret(outputs[name]), `${type}.${name}`);
      }
    }
  });

  it("names the missing input of each type", async () => {
    for (const [type, row] of Object.entries(AWS_RESOURCES)) {
      deepEqual(
        (await provider.check(type, {})).failures,
        (row.required ?? []).map((name) => `${name}: missing required property "${name}"`),
      );
    }
  });

  it("gives the same resource the same id, and a replaced one another", async () => {
    const create = async (cidrBlock: string, tag: string) =>
      (await provider.create(VPC, { cidrBlock, tags: { Name: tag } })).id;

    equal(await create("10.0.0.0/16", "a"), await create("10.0.0.0/16", "b"));
    notEqual(await create("10.0.0.0/16", "a"), await create("10.1.0.0/16", "a"));
  });

  it("adds the provider's default tags", async () => {
    const { outputs } = await provider.create(VPC, { tags: { Name: "net", stack: "own" } });

    deepEqual(outputs["tagsAll"], { stack: "own", Name: "net" });
    match(text(outputs["arn"]), /^arn:aws:ec2:eu-central-1:000000000000:vpc\/vpc-[0-9a-f]{17}$/);
  });

  it("makes up a name once, and keeps it", async () => {
    const policy = { assumeRolePolicy: "{}" };
    const { inputs } = await provider.check(ROLE, policy);

    equal(inputs["name"], "thing-0123456");
    equal((await provider.check(ROLE, policy, { ...inputs, name: "thing-fffffff" })).inputs["name"], "thing-fffffff");
    equal((await provider.create(ROLE, inputs)).outputs["arn"], "arn:aws:iam::000000000000:role/thing-0123456");
  });

  it("replaces what AWS cannot change; what has a fixed name is deleted first", async () => {
    const diff = (olds: Properties, news: Properties) => provider.diff(ROLE, olds, news);

    deepEqual(await diff({ name: "r", description: "a" }, { name: "r", description: "b" }), {
      diffs: ["description"],
      replaces: [],
      deleteBeforeReplace: false,
    });
    deepEqual(await diff({ name: "r", path: "/a/" }, { name: "r", path: "/b/" }), {
      diffs: ["path"],
      replaces: ["path"],
      deleteBeforeReplace: true,
    });
    const made = { name: "r-1234567", __defaults: ["name"] };
    equal((await diff({ ...made, path: "/a/" }, { ...made, path: "/b/" })).deleteBeforeReplace, false);
    deepEqual((await provider.diff(VPC, { region: "eu-central-1" }, { region: "eu-west-1" })).replaces, ["region"]);
  });

  it("hides outputs in which a secret input reappears", async () => {
    const { outputs } = await provider.create("aws:s3/bucket:Bucket", { bucket: secret("hidden-name") });

    ok(isSecret(outputs["arn"]));
    equal(reveal(outputs["arn"]), "arn:aws:s3:::hidden-name");
    equal(isSecret(outputs["bucketRegion"]), false);
  });

  it("gives a new version of a secret a new id, of which nothing can be guessed", async () => {
    const type = "aws:secretsmanager/secretVersion:SecretVersion";
    const inputs = { secretId: "arn", secretString: secret("one") };
    const [first, second] = [await provider.create(type, inputs), await provider.create(type, inputs)];

    notEqual(first.id, second.id);
    equal(first.outputs["versionId"], first.id.split("|")[1]);
  });

  it("updates computed outputs with the inputs they come from", async () => {
    const inputs = { tags: { a: "1" } };
    const { id, outputs } = await provider.create(VPC, inputs);
    const updated = await provider.update(VPC, id, { inputs, outputs }, { tags: { a: "2" } });

    deepEqual(updated["tagsAll"], { stack: "test", a: "2" });
    equal(updated["arn"], outputs["arn"]);
  });

  it("refuses what is in no table", async () => {
    await rejects(provider.check("aws:foo/bar:Bar", {}), {
      message:
        "aws:foo/bar:Bar is not in the table of simulated AWS resources. Add it to local/plugins/aws/resources.ts with its computed outputs.",
    });
    await rejects(provider.invoke("aws:foo/getBar:getBar"), {
      message:
        "aws:foo/getBar:getBar is not in the table of simulated AWS functions. Add it to local/plugins/aws/functions.ts with its result.",
    });
    await rejects(provider.read(VPC, "vpc-1"), {
      message:
        'aws:ec2/vpc:Vpc "vpc-1" cannot be read: the stand-in of the aws provider knows only what this stack created. Import it where the official provider is installed',
    });
  });

  it("answers functions", async () => {
    equal((await provider.invoke("aws:index/getCallerIdentity:getCallerIdentity"))["accountId"], "000000000000");
    equal((await provider.invoke("aws:index/getRegion:getRegion"))["region"], "eu-central-1");
    equal((await provider.invoke("aws:index/getPartition:getPartition"))["reverseDnsPrefix"], "com.amazonaws");
    const zones = await provider.invoke("aws:index/getAvailabilityZones:getAvailabilityZones", {
      excludeNames: ["eu-central-1b"],
    });
    deepEqual(zones["names"], ["eu-central-1a", "eu-central-1c"]);
    deepEqual(zones["zoneIds"], ["euc1-az1", "euc1-az3"]);
  });

  it("gives an EKS cluster an address of its own where no environment is set up", async () => {
    const cluster = await provider.invoke("aws:eks/getCluster:getCluster", { name: "main" });
    match(text(cluster["endpoint"]), /^https:\/\/[0-9A-F]{32}\.gr7\.eu-central-1\.eks\.amazonaws\.com$/);
    const { token = null } = await provider.invoke("aws:eks/getClusterAuth:getClusterAuth", { name: "main" });
    ok(isSecret(token));
    equal(reveal(token), "k8s-aws-v1.no-embedded-api-server");
  });
});
