import { access } from "node:fs/promises";
import { Command } from "commander";
import { down } from "../control-plane";
import { runOperation } from "../engine/deploy";
import { prepareEngine } from "../engine/prepare";
import { removeDerivedProject } from "../engine/project";
import { openSession } from "../engine/session";
import { stateFolder } from "../state";
import { parseArguments } from "./parse-arguments";
import { runCommand } from "./run-command";

interface DownOptions {
  readonly context?: string;
}

const program = new Command("npm run down --")
  .description("Undoes npm start: destroys the stack, then stops the embedded cluster.")
  .option("--context <name>", "the context that npm start was given: its cluster keeps running")
  .addHelpText("after", "\nExamples:\n  npm run down\n  npm run down -- --context kind-dev");

runCommand(async (args, { progress, signal }) => {
  const options = parseArguments(program, args) as DownOptions | undefined;
  if (options === undefined) return;
  const { context } = options;
  const state = stateFolder();
  const started = await access(state.backend).then(
    () => true,
    () => false,
  );
  if (!started) {
    process.stdout.write("Nothing to undo: nothing was started from this checkout.\n");
    return;
  }
  const prepared = await prepareEngine(state, progress);
  // A cluster that is stopped comes up once more: only it can tell that the objects are gone.
  const { target, stack } = await openSession(prepared, context, progress, signal);
  await runOperation(stack, "destroy", {
    progress,
    signal,
    remedy: `npm run down${context === undefined ? "" : ` -- --context ${context}`}`,
  });
  if (context === undefined) await down(state, progress);
  else await removeDerivedProject(state, target.stack);
  process.stdout.write(
    `The stack ${target.stack} is destroyed${context === undefined ? " and the embedded cluster is stopped" : ""}.\nNext: npm start\n`,
  );
});
