import { deepEqual, equal, match, throws } from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ProgramInfo, RunRequest } from "@pulumi/pulumi/proto/language_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { nodeOptions, splitArguments } from "../../../../local/plugins/language-nodejs/options";
import { programDependencies, requiredPlugins } from "../../../../local/plugins/language-nodejs/packages";
import { locateSdkModule, runArguments, runEnvironment } from "../../../../local/plugins/language-nodejs/program";
import { projectRoot } from "../../../../local/state";

describe("the stand-in language host", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "language host "));
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  function info(options: Record<string, boolean | string> = {}): ProgramInfo {
    return new ProgramInfo()
      .setRootDirectory(root)
      .setProgramDirectory(join(root, "infra"))
      .setEntryPoint(".")
      .setOptions(Struct.fromJavaScript(options));
  }

  function request(): RunRequest {
    const made = new RunRequest()
      .setInfo(info())
      .setMonitorAddress("127.0.0.1:1")
      .setProject("project")
      .setStack("stack")
      .setOrganization("organization")
      .setDryrun(true)
      .setParallel(8)
      .setArgsList(["--own"])
      .setConfigsecretkeysList(["project:password"]);
    made.getConfigMap().set("project:password", "p:q").set("aws:region", "eu-central-1");
    return made;
  }

  function manifest(folder: string, content: unknown): void {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), JSON.stringify(content));
  }

  it("starts cmd/run as the official one does", () => {
    deepEqual(runArguments(request(), "127.0.0.1:2"), [
      ...["--monitor", "127.0.0.1:1", "--engine", "127.0.0.1:2", "--organization", "organization"],
      ...["--project", "project", "--root-directory", root, "--stack", "stack", "--pwd", join(root, "infra")],
      ...["--parallel", "8", "--dry-run", ".", "--own"],
    ]);
    deepEqual(runEnvironment(request()), {
      PULUMI_CONFIG: JSON.stringify({ "aws:config:region": "eu-central-1", "project:config:password": "p:q" }),
      PULUMI_CONFIG_SECRET_KEYS: '["project:password"]',
      PULUMI_NODEJS_TYPESCRIPT: "true",
    });
  });

  it("names a tsconfig file only when the project does: cmd/run looks in the program's folder itself", () => {
    writeFileSync(join(root, "tsconfig.json"), "{}");
    equal(runEnvironment(request())["PULUMI_NODEJS_TSCONFIG_PATH"], undefined);
    equal(runEnvironment(request().setInfo(info({ tsconfig: "own.json" })))["PULUMI_NODEJS_TSCONFIG_PATH"], "own.json");
  });

  it("refuses runtime options of a wrong type", () => {
    throws(() => nodeOptions(info({ typescript: "yes" })), {
      message: "runtime option typescript must be a boolean: correct runtime.options.typescript in Pulumi.yaml",
    });
    throws(() => nodeOptions(info({ nodeargs: true })), {
      message: "runtime option nodeargs must be a string: correct runtime.options.nodeargs in Pulumi.yaml",
    });
    deepEqual(nodeOptions(undefined), { typescript: true, tsconfig: undefined, nodeargs: [] });
  });

  it("splits node's arguments as a shell does", () => {
    deepEqual(splitArguments(` --a  "two words" 'it''s' b\\ c "q\\"q" '' `), [
      "--a",
      "two words",
      "its",
      "b c",
      'q"q',
      "",
    ]);
  });

  it("asks for the plugins that the installed packages pin, wherever they lie", () => {
    const modules = join(root, "node_modules");
    manifest(root, {
      name: "program",
      dependencies: { "@pulumi/eks": "*", "@acme/own": "*", plain: "*", missing: "*" },
    });
    manifest(join(modules, "@pulumi", "eks"), {
      name: "@pulumi/eks",
      version: "4.3.0",
      dependencies: { "@pulumi/aws": "*", "@pulumi/pulumi": "*" },
      pulumi: { resource: true },
    });
    manifest(join(modules, "@pulumi", "eks", "node_modules", "@pulumi", "aws"), {
      name: "@pulumi/aws",
      version: "7.48.0",
      dependencies: { "@pulumi/pulumi": "*" },
      pulumi: { resource: true, name: "aws", version: "v7.48.0" },
    });
    manifest(join(modules, "@acme", "own"), {
      name: "@acme/own",
      version: "1.0.0",
      pulumi: { resource: true, name: "own", server: "https://acme.test" },
    });
    manifest(join(modules, "plain"), { name: "plain", version: "1.2.3", dependencies: { "@pulumi/hidden": "*" } });

    deepEqual(requiredPlugins(join(root, "infra")), [
      { name: "eks", version: "v4.3.0", server: "" },
      { name: "aws", version: "v7.48.0", server: "" },
      { name: "own", version: "v1.0.0", server: "https://acme.test" },
    ]);
    deepEqual(programDependencies(join(root, "infra"), false), [
      { name: "@acme/own", version: "1.0.0" },
      { name: "@pulumi/eks", version: "4.3.0" },
      { name: "plain", version: "1.2.3" },
    ]);
    deepEqual(
      programDependencies(join(root, "infra"), true).map(({ name }) => name),
      ["@acme/own", "@pulumi/aws", "@pulumi/eks", "plain"],
    );
  });

  it("finds the SDK of the program, and says when there is none", () => {
    match(locateSdkModule("@pulumi/pulumi/cmd/run", projectRoot) ?? "", /@pulumi\/pulumi\/cmd\/run\/index\.js$/);
    equal(locateSdkModule("@pulumi/pulumi/cmd/run", root), undefined);
  });
});
