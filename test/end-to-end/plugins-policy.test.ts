import { equal, match, notEqual, ok } from "node:assert/strict";
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { projectRoot } from "../../local/state";
import { PluginProject } from "../support/plugin-project";

const PROGRAM = `
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
new random.RandomPassword("password", { length: Number(new pulumi.Config().require("length")) });
`;

const PACK = `
import { PolicyPack } from "@pulumi/policy";
new PolicyPack("judge", {
  policies: [
    {
      name: "long-passwords",
      description: "Passwords have at least 16 characters.",
      enforcementLevel: "mandatory",
      validateResource: (args, report) => {
        if (args.type === "random:index/randomPassword:RandomPassword" && args.props["length"] < 16) {
          report("the password has only " + args.props["length"] + " characters");
        }
      },
    },
  ],
});
`;

describe("a policy pack with the stand-in language host", function () {
  this.timeout(60_000);
  let project: PluginProject;
  let pack: string;

  before(async () => {
    project = await PluginProject.create();
    await project.program(PROGRAM);
    pack = join(project.folder, "policy pack");
    await mkdir(pack);
    await writeFile(join(pack, "PulumiPolicy.yaml"), "runtime: nodejs\nmain: index.ts\n");
    await writeFile(join(pack, "package.json"), JSON.stringify({ name: "judge", version: "0.0.1", private: true }));
    await writeFile(join(pack, "index.ts"), PACK);
    await symlink(join(projectRoot, "node_modules"), join(pack, "node_modules"));
  });
  after(() => project.remove());

  it("lets pass what it has nothing against", async () => {
    await project.succeed("config", "set", "length", "20");

    match(await project.succeed("preview", "--policy-pack", pack), /\+ 2 to create/);
  });

  it("fails the preview at a mandatory violation, and says what it is", async () => {
    await project.succeed("config", "set", "length", "8");
    const { code, output } = await project.pulumi("preview", "--policy-pack", pack);

    notEqual(code, 0);
    match(output, /\[mandatory\] {2}long-passwords {2}\(random:index\/randomPassword:RandomPassword: password\)/);
    match(output, /the password has only 8 characters/);
  });

  it("says where to install what a pack needs", async () => {
    const bare = join(project.folder, "..", `${Date.now()}-bare pack`);
    await mkdir(bare);
    try {
      await writeFile(join(bare, "PulumiPolicy.yaml"), "runtime: nodejs\n");
      await writeFile(join(bare, "package.json"), "{}");
      const { code, output } = await project.pulumi("preview", "--policy-pack", bare);
      notEqual(code, 0);
      ok(output.includes("@pulumi/pulumi is not installed for this policy pack. Run npm install there"), output);
    } finally {
      await rm(bare, { recursive: true });
    }
  });

  it("leaves no process behind", async () => {
    equal((await project.processes()).length, 0);
  });
});
