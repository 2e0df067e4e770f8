import { match, notEqual } from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "../support/eventually";
import { PluginProject } from "../support/plugin-project";

/** Starts a provider, leaves its pid, and never gives the event loop back: nothing can ask such a program to end. */
const ENDLESS = `
import * as random from "@pulumi/random";
import { renameSync, writeFileSync } from "node:fs";
const id = new random.RandomUuid("id");
id.result.apply(() => {
  writeFileSync(__dirname + "/pid.new", String(process.pid));
  renameSync(__dirname + "/pid.new", __dirname + "/pid");
  for (;;);
});
`;

describe("killed processes", function () {
  this.timeout(60_000);
  let project: PluginProject;

  beforeEach(async () => {
    project = await PluginProject.create();
    await project.program(ENDLESS);
  });
  afterEach(() => project.remove());

  async function programPid(): Promise<number> {
    const file = join(project.folder, "infra", "pid");
    await eventually(() => existsSync(file), { timeoutSeconds: 60 });
    return Number(await readFile(file, "utf8"));
  }

  async function pidOf(part: string): Promise<number> {
    const found = (await project.processes()).find(({ command }) => command.includes(part));
    if (found === undefined) throw new Error(`no process runs ${part}`);
    return found.pid;
  }

  const nothingLeft = () => eventually(async () => (await project.processes()).length === 0, { timeoutSeconds: 10 });

  it("leaves nothing when the engine is killed, though the program is in an endless loop", async () => {
    const engine = project.start("up", "--yes", "--skip-preview");
    await programPid();
    engine.kill("SIGKILL");

    await nothingLeft();
  });

  it("ends the program when only the language host is killed", async () => {
    const engine = project.start("up", "--yes", "--skip-preview");
    const program = await programPid();
    process.kill(await pidOf("language-nodejs/main.ts"), "SIGKILL");

    await eventually(async () => !(await project.processes()).some(({ pid }) => pid === program));
    if (engine.exitCode === null) await once(engine, "exit");
    await nothingLeft();
  });

  it("fails the run when the program is killed, and the next run goes on from there", async () => {
    const running = project.pulumi("up", "--yes", "--skip-preview");
    process.kill(await programPid(), "SIGKILL");
    const { code, output } = await running;

    match(output, /Program was ended by SIGKILL/);
    notEqual(code, 0);
    await nothingLeft();
    await project.program("");
    match(await project.succeed("up", "--yes"), /- 1 deleted/);
  });

  it("ends the program within seconds when the run is interrupted", async () => {
    const engine = project.start("up", "--yes", "--skip-preview");
    await programPid();
    engine.kill("SIGINT");
    engine.kill("SIGINT");

    if (engine.exitCode === null) await once(engine, "exit");
    await nothingLeft();
  });
});
