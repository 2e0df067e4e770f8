import { deepEqual, doesNotMatch, equal, match, notEqual, ok } from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { PluginProject } from "../support/plugin-project";

/** Registers by type token: the packages of aws and docker are large, and not needed to speak to their plugins. */
const PREAMBLE = `
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

class Recorded extends pulumi.CustomResource {
  constructor(type: string, name: string, inputs: pulumi.Inputs, options?: pulumi.CustomResourceOptions) {
    super(type, name, inputs, options);
  }
}
const config = new pulumi.Config();
`;

const PROGRAM = `${PREAMBLE}
const notChecked: number = "swc strips types and looks at none of them";
const password = new random.RandomPassword("password", {
  length: 24,
  minNumeric: 5,
  keepers: { round: config.get("round") ?? "1" },
});
const suffix = new random.RandomId("suffix", { byteLength: 4 });
const key = new random.RandomBytes("key", { length: 32 });
const vpc = new Recorded("aws:ec2/vpc:Vpc", "net", { cidrBlock: config.get("cidr") ?? "10.0.0.0/16", tags: { Name: config.get("tag") ?? "net" } });
new Recorded("aws:ec2/subnet:Subnet", "subnet", { vpcId: vpc.id, cidrBlock: "10.0.1.0/24" });
const secret = new Recorded("aws:secretsmanager/secret:Secret", "secret", { name: "app" });
new Recorded("aws:secretsmanager/secretVersion:SecretVersion", "version", { secretId: secret.id, secretString: password.result });
new Recorded("docker:index/image:Image", "image", { imageName: "registry.test:5000/app:1.0", build: { context: "." } });
if (config.get("extra") !== undefined) new Recorded(config.require("extra"), "extra", {});
export const result = password.result;
export const bytes = key.base64;
export const hex = suffix.hex;
export const given = config.getSecret("given");
export const account = pulumi.output(pulumi.runtime.invoke("aws:index/getCallerIdentity:getCallerIdentity", {})).apply((identity) => identity.accountId);
`;

describe("the plugin stand-ins with the real engine", function () {
  this.timeout(300_000);
  let project: PluginProject;

  before(async () => {
    project = await PluginProject.create();
    await project.program(PROGRAM);
    await project.succeed("config", "set", "--secret", "given", "canary-in-config");
  });
  after(() => project.remove());

  it("says what is missing when no region is configured", async () => {
    const { code, output } = await project.pulumi("preview");

    notEqual(code, 0);
    match(output, /no region is set: run `pulumi config set aws:region eu-central-1`, or another one/);
    await project.succeed("config", "set", "aws:region", "eu-central-1");
  });

  it("previews with unknowns, without type-checking and without a word about plugins on PATH", async () => {
    const output = await project.succeed("preview", "--diff");

    match(output, /vpcId\s*: \[unknown\]/);
    match(output, /secretString: \[secret\]/);
    match(output, /\+ 9 to create/);
    doesNotMatch(output, /warning/);
  });

  it("creates everything, and a second up changes nothing", async () => {
    match(await project.succeed("up", "--yes"), /\+ 9 created/);
    match(await project.succeed("up", "--yes"), /9 unchanged/);
    match(await project.succeed("refresh", "--yes"), /9 unchanged/);
    equal(await project.output("account"), "000000000000");
    match(String(await project.output("hex")), /^[0-9a-f]{8}$/);
    equal(Buffer.from(String(await project.output("bytes")), "base64").length, 32);
  });

  it("keeps every secret out of the plain state", async () => {
    const state = await project.rawState();

    for (const name of ["result", "bytes", "given"]) {
      const value = String(await project.output(name));
      ok(value.length >= 16, `${name} is too short to be looked for`);
      equal(state.includes(value), false, `${name} is in the state in plain text`);
    }
    equal(state.includes("$2b$10$"), false, "the bcrypt hash is in the state in plain text");
  });

  it("replaces a password when its keepers change, and what is made of it", async () => {
    const before = await project.output("result");
    await project.succeed("config", "set", "round", "2");
    const preview = await project.succeed("preview", "--diff");

    match(preview, /~ round: "1" => "2"/);
    match(preview, /\+-2 to replace/);
    match(await project.succeed("up", "--yes"), /\+-2 replaced\n\s+7 unchanged/);
    notEqual(await project.output("result"), before);
  });

  it("updates in place what AWS can, and replaces what it cannot", async () => {
    await project.succeed("config", "set", "tag", "other");
    match(await project.succeed("up", "--yes"), /~ 1 updated/);
    const idOf = async (type: string) => (await project.resources()).find((resource) => resource.type === type)?.id;
    const before = await idOf("aws:ec2/vpc:Vpc");
    await project.succeed("config", "set", "cidr", "10.9.0.0/16");
    match(await project.succeed("up", "--yes"), /\+-2 replaced/);
    notEqual(await idOf("aws:ec2/vpc:Vpc"), before);
  });

  it("refuses types that are in no table, and says where to add them", async () => {
    for (const [type, message] of [
      [
        "aws:foo/bar:Bar",
        "aws:foo/bar:Bar is not in the table of simulated AWS resources. Add it to local/plugins/aws/resources.ts with its computed outputs.",
      ],
      [
        "docker:index/volume:Volume",
        "docker:index/volume:Volume is not in the table of simulated Docker resources. Add it to local/plugins/docker/resources.ts with its computed outputs.",
      ],
      [
        "random:index/randomShuffle:RandomShuffle",
        "random:index/randomShuffle:RandomShuffle is not offered by the stand-in of the random provider. Add it to local/plugins/random/definition.ts",
      ],
      ["aws:ec2/subnet:Subnet", 'missing required property "vpcId"'],
    ] as const) {
      await project.succeed("config", "set", "extra", type);
      const { code, output } = await project.pulumi("preview");
      notEqual(code, 0, type);
      ok(output.includes(message), output);
    }
    await project.succeed("config", "rm", "extra");
  });

  it("imports a password without showing it", async () => {
    await project.succeed(
      "import",
      "random:index/randomPassword:RandomPassword",
      "imported",
      "canary-of-the-import",
      "--yes",
      "--generate-code=false",
      "--protect=false",
    );
    const imported = (await project.resources()).find(({ urn }) => urn.endsWith("::imported"));

    equal(imported?.id, "none");
    equal((await project.rawState()).includes("canary-of-the-import"), false);
  });

  it("destroys everything", async () => {
    await project.succeed("destroy", "--yes");

    deepEqual(await project.resources(), []);
    deepEqual(await project.processes(), []);
  });

  it("hands the program's own words and its failure on, without a second message", async () => {
    await project.program(
      `${PREAMBLE}console.log("said on stdout"); console.error("said on stderr"); throw new pulumi.RunError("the program gave up");`,
    );
    const { code, output } = await project.pulumi("preview");

    notEqual(code, 0);
    match(output, /said on stdout/);
    match(output, /said on stderr/);
    match(output, /error: the program gave up/);
    doesNotMatch(output, /non-zero exit code/);
  });

  it("says so when the program ends itself", async () => {
    await project.program("process.exit(7);");

    match((await project.pulumi("preview")).output, /Program exited with non-zero exit code: 7/);
  });

  it("says so when the SDK is not installed", async () => {
    const bare = await PluginProject.create();
    try {
      await rm(join(bare.folder, "node_modules"));
      await bare.program("");
      match(
        (await bare.pulumi("preview")).output,
        /It looks like the Pulumi SDK has not been installed\. Have you run npm install\?/,
      );
    } finally {
      await bare.remove();
    }
  });
});
