import { delimiter } from "node:path";
import { requireOwnFolder } from "../control-plane";
import { EngineStack } from "../engine/engine";
import { ExitCode, UserError } from "../errors";
import { installPlugins } from "../plugins";
import { shellWord } from "../shell";
import { stateFolder } from "../state";
import { ensureTools, linkTools } from "../toolchain";
import { engineVariables } from "../toolchain/engine-environment";
import { runCommand } from "./run-command";

const USAGE =
  'use: eval "$(npm run -s env)", or with kubectl\'s configuration: eval "$(npm run -s env -- --kubeconfig)"';

/** One line for a shell's `eval`: after it the plain pulumi and kubectl commands work on the embedded environment. */
runCommand(async (args, { progress, signal }) => {
  const unknown = args.find((argument) => argument !== "--kubeconfig");
  if (unknown !== undefined) throw new UserError(`env does not know ${unknown}`, USAGE, ExitCode.usage);
  const state = stateFolder();
  requireOwnFolder(state);
  const tools = await ensureTools(["pulumi", "kubectl"], progress, { signal });
  const bin = linkTools(state, tools);
  // The plain commands find everything in place that npm start would have made: plugins, and the stack.
  await installPlugins(state, progress);
  await EngineStack.open("local", { state, pulumi: tools.pulumi.path, environment: engineVariables(state) });
  const variables = {
    ...engineVariables(state),
    // The user's own clusters stay what kubectl talks to, unless this is asked for.
    ...(args.includes("--kubeconfig") ? { KUBECONFIG: state.kubeconfig } : {}),
  };
  const assignments = Object.entries(variables).map(([name, value]) => `${name}=${shellWord(value)}`);
  // npm has put folders of its own in front of our PATH: the shell's own one is what has to be extended, and only once.
  const onPath = (process.env["PATH"] ?? "").split(delimiter).includes(bin);
  const path = onPath ? [] : [`PATH=${shellWord(bin)}:"$PATH"`];
  console.log(`export ${[...path, ...assignments].join(" ")}`);
});
