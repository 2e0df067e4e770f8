import { Command } from "commander";
import { runOperation } from "../engine/deploy";
import { prepareEngine } from "../engine/prepare";
import { previewStacks } from "../engine/preview";
import { openSession } from "../engine/session";
import { renderSummary } from "../engine/summary";
import { stateFolder } from "../state";
import { parseArguments } from "./parse-arguments";
import { runCommand } from "./run-command";

interface StartOptions {
  readonly context?: string;
  readonly json?: true;
}

const program = new Command("npm start --")
  .description("Brings the service up through the Pulumi engine, on the embedded cluster or on one of your own.")
  .option("--context <name>", "use this context of your kubeconfig instead of the embedded cluster")
  .option("--json", "print the stack's outputs as JSON instead of the summary")
  .addHelpText("after", "\nExamples:\n  npm start\n  npm start -- --context kind-dev\n\nThen:\n  npm run down");

runCommand(async (args, { progress, signal }) => {
  const options = parseArguments(program, args) as StartOptions | undefined;
  if (options === undefined) return;
  const { context, json } = options;
  const prepared = await prepareEngine(stateFolder(), progress);
  // The other tools take minutes to build the first time: what the engine alone can show comes before.
  if (prepared.firstRun) await previewStacks(prepared, { progress, signal });
  const { target, stack } = await openSession(prepared, context, progress, signal);
  await runOperation(stack, "up", { progress, signal, remedy: "npm start" });
  // Without --show-secrets a secret output reads "[secret]".
  const outputs: unknown = JSON.parse(await stack.command(["stack", "output", "--json"]));
  const summary = renderSummary({
    stack: target.stack,
    outputs,
    plugins: prepared.plugins,
    simulated: target.simulated,
    kubectl: `kubectl --kubeconfig ${target.kubeconfig} --context ${target.context}`,
    undo: context === undefined ? "npm run down" : `npm run down -- --context ${context}`,
  });
  process.stdout.write(`${json === true ? JSON.stringify(outputs, undefined, 2) : summary}\n`);
});
