import { Argument, Command } from "commander";
import { releasesAt } from "../charts/base";
import { diffReleases } from "../charts/diff";
import { chartCrds } from "../charts/helm";
import { describeCharts } from "../charts/report";
import { chosenStacks } from "../engine/preview";
import { ExitCode, UserError } from "../errors";
import { renderStacks } from "../render/render";
import { stateFolder } from "../state";
import { ensureTools } from "../toolchain";
import { parseArguments } from "./parse-arguments";
import { runCommand } from "./run-command";

interface ChartsOptions {
  readonly stack: string;
  readonly base: string;
  readonly json?: true;
}

const NAME = "npm run charts --";

const program = new Command(NAME)
  .description(
    "Shows what the stack's charts make of the cluster: between two commits, or the CRDs that Helm never upgrades.",
  )
  .addArgument(
    new Argument("<what>", "diff: objects, fields and images that change; crds: CRDs of one chart").choices([
      "diff",
      "crds",
    ]),
  )
  .argument("[chart]", "for crds: the chart, such as nginx-ingress")
  .option("--stack <name>", "the stack whose values count", "production")
  .option("--base <commit>", "for diff: what this checkout is compared with", "HEAD")
  .option("--json", "for diff: print the changes as JSON")
  .addHelpText(
    "after",
    `\nExamples:\n  ${NAME} diff --base origin/main\n  npm run -s charts -- crds nginx-ingress | kubectl apply --server-side --force-conflicts -f -`,
  );

runCommand(async (args, { progress, signal }) => {
  const options = parseArguments(program, args) as ChartsOptions | undefined;
  if (options === undefined) return;
  const [what, chart] = program.args;
  const [stack = options.stack] = await chosenStacks(options.stack, `${NAME} ${what ?? "diff"}`);
  const helm = async () => (await ensureTools(["helm"], progress, { signal })).helm.path;
  const [render] = await renderStacks(stateFolder(), [stack], { progress, signal });
  const releases = render?.releases ?? [];

  if (what === "crds") {
    const release = releases.find(({ name }) => name === chart);
    if (release === undefined) {
      const known = releases.map(({ name }) => name).join(", ");
      throw new UserError(
        chart === undefined ? "crds takes the name of a chart." : `The stack ${stack} installs no chart ${chart}.`,
        `${NAME} crds CHART, with one of: ${known}`,
        ExitCode.usage,
      );
    }
    process.stdout.write(`${await chartCrds(await helm(), release, signal)}\n`);
    return;
  }

  const before = await progress.step(`Rendering the stack ${stack} at ${options.base}`, () =>
    releasesAt(options.base, stack, signal),
  );
  const changes = await diffReleases(before, releases, helm, progress, signal);
  const lines = describeCharts(changes);
  process.stdout.write(`${options.json === true ? JSON.stringify(changes, undefined, 2) : lines.join("\n")}\n`);
});
