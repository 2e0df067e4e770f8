import { cpus, loadavg, totalmem } from "node:os";
import { Command, InvalidArgumentError } from "commander";
import { parseArguments } from "../../local/commands/parse-arguments";
import { runCommand } from "../../local/commands/run-command";
import { UserError, ExitCode } from "../../local/errors";
import { evaluation } from "./evaluation";
import { growth } from "./growth";
import { openLaboratory } from "./laboratory";
import { lifecycle } from "./lifecycle";
import { QUIET_LOAD, renderReport, reportJson, type Machine, type Section } from "./report";
import { start } from "./start";
import type { Suite } from "./suite";

const suites: Readonly<Record<string, Suite>> = { evaluation, growth, lifecycle, start };
const names = Object.keys(suites).join(", ");

interface BenchOptions {
  readonly runs: number;
  readonly json?: true;
  readonly only?: string;
}

const program = new Command("npm run bench --")
  .description("Measures this repository's performance, as ratios in one run.")
  .option("--runs <number>", "how often everything is measured", toRuns, 5)
  .option("--only <name>", `one part of it: ${names}`)
  .option("--json", "print all figures as JSON instead of the tables")
  .addHelpText(
    "after",
    "\nExamples:\n  npm run bench\n  npm run bench -- --runs 1 --only evaluation\n\nHow to read it: docs/performance.md",
  );

function toRuns(text: string): number {
  const runs = Number(text);
  if (!Number.isInteger(runs) || runs < 1 || runs > 100) {
    throw new InvalidArgumentError("It has to be a number between 1 and 100.");
  }
  return runs;
}

runCommand(async (args, context) => {
  const options = parseArguments(program, args) as BenchOptions | undefined;
  if (options === undefined) return;
  const { runs, only, json } = options;
  const chosen = Object.entries(suites).filter(([name]) => only === undefined || name === only);
  if (chosen.length === 0) {
    throw new UserError(
      `There is nothing called "${only ?? ""}" to measure.`,
      `--only with one of: ${names}`,
      ExitCode.usage,
    );
  }
  const machine = thisMachine();
  context.progress.note(announcement(chosen, runs));
  if (machine.loadBefore > QUIET_LOAD) {
    context.progress.note(`This machine is busy (load ${machine.loadBefore.toFixed(1)}): the figures will say so.`);
  }
  const laboratory = await openLaboratory(context);
  const sections: Section[] = [];
  for (const [name, suite] of chosen) {
    const comparisons = await context.progress.step(suite.title, (step) => {
      const show = (what: string) => {
        step.update(what);
      };
      return suite.run(laboratory, { runs, show });
    });
    sections.push({ name, title: suite.title, comparisons });
  }
  const report = { machine, runs, sections };
  process.stdout.write(`${json === true ? JSON.stringify(reportJson(report), undefined, 2) : renderReport(report)}\n`);
});

function announcement(chosen: readonly (readonly [string, Suite])[], runs: number): string {
  const seconds = chosen.reduce((sum, [, suite]) => sum + suite.secondsBefore + runs * suite.secondsPerRound, 0);
  return [
    `Measures ${runs} ${runs === 1 ? "time" : "times"}: ${chosen.map(([name]) => name).join(", ")}. It takes about ${Math.ceil(seconds / 60)} min on two processors,`,
    "in a temporary folder with a cluster of its own, and leaves nothing behind. Do nothing else on this machine meanwhile.",
  ].join("\n");
}

function thisMachine(): Machine {
  const processors = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    processor: processors[0]?.model ?? "unknown processor",
    processors: processors.length,
    memoryGigabytes: Math.round(totalmem() / 1e9),
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    loadBefore: loadavg()[0] ?? 0,
  };
}
