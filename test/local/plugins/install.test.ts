import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { execFile } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { UserError } from "../../../local/errors";
import { installPlugins } from "../../../local/plugins";
import type { InstallOptions } from "../../../local/plugins";
import { launcherScript } from "../../../local/plugins/launcher-script";
import { providerVersion } from "../../../local/plugins/versions";
import type { Progress } from "../../../local/progress";
import { stateFolder } from "../../../local/state";

describe("installing plugins", () => {
  let folder: string;
  let said: string[];
  const progress: Progress = {
    note: (text) => said.push(text),
    step: (title, work) => {
      said.push(title);
      return work({ update: () => undefined });
    },
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "install plugins "));
    said = [];
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const state = () => stateFolder(join(folder, "state"));
  const plugins = () => join(state().pulumiHome, "plugins");
  const randomDirectory = () => `resource-random-v${providerVersion("random")}`;
  const install = (options: InstallOptions = {}) =>
    installPlugins(state(), progress, { pulumi: join(folder, "bin", "pulumi"), env: {}, ...options });

  function executable(path: string, content = "#!/bin/sh\nexit 1\n"): void {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    chmodSync(path, 0o755);
  }

  /** An official random provider in the Pulumi home of a user. */
  function usersOwn(): { readonly env: NodeJS.ProcessEnv; readonly plugin: string } {
    const home = join(folder, "home of user");
    const plugin = join(home, "plugins", randomDirectory());
    executable(join(plugin, "pulumi-resource-random"));
    return { env: { PULUMI_HOME: home }, plugin };
  }

  it("puts a stand-in where the engine looks for each plugin, and says what it only simulates", async () => {
    const reports = await install();

    deepEqual(
      reports.map(({ name, kind }) => [name, kind]),
      ["nodejs", "aws", "docker", "kubernetes", "random"].map((name) => [name, "stand-in"]),
    );
    for (const { simulates } of reports) ok(simulates.length > 0);
    for (const { name, version } of reports.slice(1)) {
      const path = join(plugins(), `resource-${name}-v${version}`, `pulumi-resource-${name}`);
      equal(statSync(path).mode & 0o777, 0o755);
    }
    deepEqual(said, []);
  });

  it("writes nothing when everything is in its place", async () => {
    await install();
    const path = join(plugins(), randomDirectory(), "pulumi-resource-random");
    const before = statSync(path).mtimeMs;
    await install();

    equal(statSync(path).mtimeMs, before);
    deepEqual(readdirSync(dirname(path)), ["pulumi-resource-random"]);
  });

  it("repairs a launcher that leads elsewhere, and removes stand-ins of other versions", async () => {
    await install();
    const current = join(plugins(), randomDirectory(), "pulumi-resource-random");
    const content = readFileSync(current, "utf8");
    executable(join(plugins(), "resource-random-v1.0.0", "pulumi-resource-random"), content);
    writeFileSync(current, content.replace("main.ts", "gone.ts"));
    await install();

    equal(readFileSync(current, "utf8"), content);
    equal(existsSync(join(plugins(), "resource-random-v1.0.0")), false);
  });

  it("leads to the official plugin that the user has at the pinned version", async () => {
    const { env, plugin } = usersOwn();
    await install();
    const reports = await install({ env });

    equal(readlinkSync(join(plugins(), randomDirectory())), plugin);
    deepEqual(
      reports.find(({ name }) => name === "random"),
      { name: "random", version: providerVersion("random"), kind: "official", simulates: "" },
    );
  });

  it("goes back to the stand-in when told to, and leaves the user's plugin alone", async () => {
    const { env, plugin } = usersOwn();
    await install({ env });
    await install({ env, plugins: "stand-ins" });

    equal(lstatSync(join(plugins(), randomDirectory())).isSymbolicLink(), false);
    ok(existsSync(join(plugin, "pulumi-resource-random")));
  });

  it("does not take a plugin whose download was interrupted", async () => {
    const { env, plugin } = usersOwn();
    writeFileSync(`${plugin}.partial`, "");

    equal((await install({ env })).find(({ name }) => name === "random")?.kind, "stand-in");
  });

  it("keeps an official plugin that was downloaded into the state folder", async () => {
    executable(join(plugins(), randomDirectory(), "pulumi-resource-random"));

    equal((await install()).find(({ name }) => name === "random")?.kind, "official");
  });

  it("leaves the language host to the official one beside the engine", async () => {
    await install();
    executable(join(folder, "bin", "pulumi"));
    executable(join(folder, "bin", "pulumi-language-nodejs"));
    const [host] = await install();

    equal(host?.kind, "official");
    deepEqual(
      readdirSync(plugins()).filter((name) => name.startsWith("language-")),
      [],
    );
  });

  it("says what to do when an official plugin is demanded and cannot be had", async () => {
    await rejects(install({ plugins: "official" }), (error) => {
      ok(error instanceof UserError);
      match(
        error.message,
        /^The official language host pulumi-language-nodejs v[\d.]+ is missing beside .*bin\/pulumi: /,
      );
      match(error.remedy, /^Install Pulumi v[\d.]+ from https:\/\/www\.pulumi\.com\/docs\/install, or leave out/);
      return true;
    });
    executable(join(folder, "bin", "pulumi"), "#!/bin/sh\necho 'error: no route to host' >&2\nexit 255\n");
    executable(join(folder, "bin", "pulumi-language-nodejs"));
    await rejects(install({ plugins: "official" }), (error) => {
      ok(error instanceof UserError);
      equal(
        error.message,
        `The official aws provider v${providerVersion("aws")} could not be installed: error: no route to host`,
      );
      return true;
    });
  });

  it("quotes whatever is in a path", async () => {
    const node = join(folder, `it's "node" $HOME`);
    executable(node, '#!/bin/sh\nfor word in "$LOCAL_STATE" "$@"; do echo "<$word>"; done\n');
    const script = join(folder, "launcher");
    executable(script, launcherScript({ main: "random/main.ts", state: "/a 'b' $(c)", node }));
    const { stdout } = await promisify(execFile)(script, ["127.0.0.1:1", "two words"]);
    const words = stdout.trim().split("\n");

    equal(words[0], "</a 'b' $(c)>");
    match(words[1] ?? "", /local\/plugins\/launcher\.mjs>$/);
    match(words[3] ?? "", /local\/plugins\/random\/main\.ts>$/);
    deepEqual(words.slice(4), ["<127.0.0.1:1>", "<two words>"]);
  });
});
