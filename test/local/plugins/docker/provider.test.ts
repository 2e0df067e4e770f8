import { deepEqual, equal, match, notEqual, rejects } from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dockerProvider } from "../../../../local/plugins/docker/definition";
import { repositoryOf } from "../../../../local/plugins/docker/resources";
import { ProviderClient, text } from "../provider-client";

const IMAGE = "docker:index/image:Image";

describe("the stand-in of the docker provider", () => {
  let provider: ProviderClient;
  let context: string;
  before(async () => {
    provider = await ProviderClient.start(dockerProvider("5.2.0"), {});
  });
  after(() => {
    provider.stop();
  });
  beforeEach(() => {
    context = mkdtempSync(join(tmpdir(), "docker context "));
    writeFileSync(join(context, "Dockerfile"), "FROM scratch\n");
  });
  afterEach(() => {
    rmSync(context, { recursive: true });
  });

  const digest = async (build: Record<string, string | Record<string, string>> = {}) =>
    text(
      (await provider.create(IMAGE, { imageName: "registry.test:5000/app:1.0", build: { context, ...build } })).outputs[
        "repoDigest"
      ],
    );

  it("gives an image the digest of what it would be built from", async () => {
    const first = await digest();

    match(first, /^registry\.test:5000\/app@sha256:[0-9a-f]{64}$/);
    equal(await digest(), first);
    mkdirSync(join(context, "node_modules"));
    writeFileSync(join(context, "node_modules", "left-out"), "");
    equal(await digest(), first);
    writeFileSync(join(context, "source.ts"), "changed");
    const changed = await digest();
    notEqual(changed, first);
    notEqual(await digest({ args: { VERSION: "2" } }), changed);
  });

  it("refuses a context that does not exist", async () => {
    deepEqual((await provider.check(IMAGE, { imageName: "app", build: { context: "/no/such/folder" } })).failures, [
      "build.context: the folder /no/such/folder does not exist",
    ]);
  });

  it("knows the repository in every form of an image's name", () => {
    equal(repositoryOf("app"), "app");
    equal(repositoryOf("registry:5000/team/app"), "registry:5000/team/app");
    equal(repositoryOf("registry:5000/team/app:1@sha256:00"), "registry:5000/team/app");
  });

  it("refuses what is not in its table", async () => {
    await rejects(provider.check("docker:index/network:Network", {}), {
      message:
        "docker:index/network:Network is not in the table of simulated Docker resources. Add it to local/plugins/docker/resources.ts with its computed outputs.",
    });
    await rejects(provider.invoke("docker:index/getNetwork:getNetwork"), {
      message:
        "docker:index/getNetwork:getNetwork is not among the simulated Docker functions. Add it to local/plugins/docker/definition.ts with its result.",
    });
  });
});
