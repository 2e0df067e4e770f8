import { Command } from "commander";
import { describeChanges } from "../engine/events";
import { prepareEngine } from "../engine/prepare";
import { previewStacks, stackNames } from "../engine/preview";
import { ExitCode, UserError } from "../errors";
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
  const known = await stackNames();
  if (stack !== undefined && !known.includes(stack)) {
    throw new UserError(
      `There is no stack "${stack}": there is no file Pulumi.${stack}.yaml.`,
      `npm run preview -- --stack NAME, with one of: ${known.join(", ")}`,
      ExitCode.usage,
    );
  }
  const engine = await prepareEngine(stateFolder(), progress);
  const digests = await previewStacks(engine, { progress, signal }, stack === undefined ? undefined : [stack]);
  const counts = Object.fromEntries([...digests].map(([name, { changes }]) => [name, changes]));
  const lines = [...digests].map(([name, { changes }]) => `${name}: ${describeChanges(changes, true)}`);
  process.stdout.write(`${json === true ? JSON.stringify(counts, undefined, 2) : lines.join("\n")}\n`);
});
