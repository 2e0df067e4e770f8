import { join, resolve } from "node:path";
import { Command } from "commander";
import { chosenStacks } from "../engine/preview";
import { ExitCode, UserError } from "../errors";
import { requireOwnFolder, writeFolder } from "../render/folder";
import { askReferees, judge, refuseFindings } from "../render/referees";
import { renderStacks } from "../render/render";
import { describeRender, describeVerdict, toJson } from "../render/report";
import { stateFolder } from "../state";
import { parseArguments } from "./parse-arguments";
import { runCommand } from "./run-command";

interface RenderOptions {
  readonly stack?: string;
  readonly out?: string;
  readonly check?: true;
  readonly json?: true;
}

const NAME = "npm run render --";

const program = new Command(NAME)
  .description(
    "Writes every Kubernetes object of a stack as YAML: no cluster, no account, no login; secrets are hidden.",
  )
  .option("--stack <name>", "only this stack")
  .option("--out <folder>", "write into this folder (default: .local/render/STACK)")
  .option("--check", "have kube-score and checkov judge it, and fail on what they find")
  .option("--json", "print what was written, and what was found, as JSON")
  .addHelpText("after", `\nExamples:\n  ${NAME} --stack production\n  ${NAME} --check`);

runCommand(async (args, { progress, signal }) => {
  const options = parseArguments(program, args) as RenderOptions | undefined;
  if (options === undefined) return;
  const { stack, out, check, json } = options;
  if (out !== undefined && stack === undefined) {
    throw new UserError(
      "--out takes one stack, and none is named.",
      `${NAME} --stack NAME --out ${out}`,
      ExitCode.usage,
    );
  }
  const state = stateFolder();
  const stacks = await chosenStacks(stack, NAME);
  const folderOf = (name: string) => (out === undefined ? join(state.render, name) : resolve(out));
  for (const name of stacks) requireOwnFolder(folderOf(name));
  const renders = (await renderStacks(state, stacks, { progress, signal })).map((render) => ({
    ...render,
    folder: folderOf(render.stack),
  }));
  for (const { folder, files } of renders) writeFolder(folder, files);
  const judgement = check === true ? await askReferees(renders, progress, signal) : undefined;
  const verdict = judgement === undefined ? undefined : judge(judgement, stack === undefined);
  const lines = [...renders.flatMap(describeRender), ...(verdict === undefined ? [] : describeVerdict(verdict))];
  process.stdout.write(`${json === true ? toJson(renders, verdict) : lines.join("\n")}\n`);
  if (verdict !== undefined) refuseFindings(verdict, NAME);
  else progress.note(`Next: ${NAME} --check, or kubectl apply --server-side --dry-run=server --recursive -f FOLDER`);
});
