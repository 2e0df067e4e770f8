import { Command } from "commander";
import { describeChanges } from "../engine/events";
import { prepareEngine } from "../engine/prepare";
import { chosenStacks, previewStacks } from "../engine/preview";
import { stateFolder } from "../state";
import { parseArguments } from "./parse-arguments";
import { runCommand } from "./run-command";

interface PreviewOptions {
  readonly stack?: string;
  readonly json?: true;
}

const program = new Command("npm run preview --")
  .description("Previews stacks as created from nothing: no cluster, no cloud account, no login.")
  .option("--stack <name>", "only this stack")
  .option("--json", "print the counts as JSON")
  .addHelpText("after", "\nExamples:\n  npm run preview\n  npm run preview -- --stack production");

runCommand(async (args, { progress, signal }) => {
  const options = parseArguments(program, args) as PreviewOptions | undefined;
  if (options === undefined) return;
  const { stack, json } = options;
  const stacks = await chosenStacks(stack, "npm run preview --");
  const engine = await prepareEngine(stateFolder(), progress);
  const digests = await previewStacks(engine, { progress, signal }, stacks);
  const counts = Object.fromEntries([...digests].map(([name, { changes }]) => [name, changes]));
  const lines = [...digests].map(([name, { changes }]) => `${name}: ${describeChanges(changes, true)}`);
  process.stdout.write(`${json === true ? JSON.stringify(counts, undefined, 2) : lines.join("\n")}\n`);
});
