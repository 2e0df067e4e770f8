import { createReadStream, existsSync, statSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { Argument, Command, CommanderError, InvalidArgumentError } from "commander";
import {
  down,
  logFile,
  partNames,
  reset,
  status,
  up,
  type Environment,
  type PartName,
  type Status,
} from "../control-plane";
import { ExitCode, UserError } from "../errors";
import { shellWord } from "../shell";
import { stateFolder, type StateFolder } from "../state";
import { runCommand, type CommandContext } from "./run-command";

/** How often `logs --follow` looks for more (milliseconds). */
const FOLLOW_POLL = 200;

const NAME = "npm run local --";

const EXAMPLES = `
Examples:
  ${NAME} up                      start what does not run, leave alone what does
  ${NAME} up --port 6443          the API server's port, kept from then on (also LOCAL_API_PORT)
  ${NAME} status --json           for scripts
  ${NAME} logs kwok --follow
  $(${NAME} kubeconfig --export)  point kubectl of this shell at the embedded cluster
  ${NAME} down                    end the processes, keep the data
  ${NAME} reset                   end the processes, delete the data

Exit codes: 0 done, 1 failed, 2 wrong command line, 5 refused (a port is taken, say), 6 interrupted`;

function build(context: CommandContext): Command {
  const state = stateFolder();
  const program = new Command(NAME)
    .description("The embedded Kubernetes cluster: real API server and controllers, simulated nodes.")
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .addHelpText("after", EXAMPLES);

  program
    .command("up")
    .description("start the embedded cluster, or what of it does not run")
    .option(
      "--port <number>",
      "the API server's port on 127.0.0.1 (default: the last one; a free one at first)",
      toPort,
    )
    .option("--new-ports", "choose other ports for the parts behind the API server")
    .action(async (options: { port?: number; newPorts?: boolean }) => {
      const port = options.port ?? portFromEnvironment();
      const environment = await up(state, context.progress, {
        ...(port === undefined ? {} : { port }),
        newPorts: options.newPorts ?? false,
        signal: context.signal,
      });
      print(describeEnvironment(environment));
    });

  program
    .command("status")
    .description("what runs, since when, and what is simulated")
    .option("--json", "print it as JSON")
    .action(async (options: { json?: boolean }) => {
      const report = await status(state);
      print(options.json === true ? [JSON.stringify(report, undefined, 2)] : describeStatus(report));
    });

  program
    .command("down")
    .description("end the embedded cluster's processes and keep its data")
    .action(async () => {
      const ended = await down(state, context.progress, context.signal);
      print([ended.length === 0 ? "Nothing was running." : `Ended: ${ended.join(", ")}. The data are kept.`]);
    });

  program
    .command("reset")
    .description("end the embedded cluster and delete its data, keys and engine state")
    .action(async () => {
      const existed = existsSync(state.root);
      await reset(state, context.progress, context.signal);
      print([existed ? `Deleted ${state.root}.` : "There was nothing to delete."]);
    });

  program
    .command("logs")
    .description("what a part of the control plane says")
    .addArgument(new Argument("<name>", "the part").choices(partNames))
    .option("-f, --follow", "go on with what it says from now on, until interrupted")
    .action(async (name: PartName, options: { follow?: boolean }) => {
      await printLog(state, name, options.follow === true ? context.signal : undefined);
    });

  program
    .command("kubeconfig")
    .description("the path of the embedded cluster's kubeconfig")
    .option("--export", "print the line that points this shell's kubectl at it")
    .action((options: { export?: boolean }) => {
      if (!existsSync(state.kubeconfig)) {
        throw new UserError("There is no embedded cluster yet", `${NAME} up`, ExitCode.refused);
      }
      print([options.export === true ? `export KUBECONFIG=${shellWord(state.kubeconfig)}` : state.kubeconfig]);
    });

  return program;
}

runCommand(async (args, context) => {
  try {
    await build(context).parseAsync([...(args.length === 0 ? ["--help"] : args)], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return;
    throw new UserError(error.message.replace(/^error: /, ""), `${NAME} --help`, ExitCode.usage);
  }
});

function toPort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new InvalidArgumentError("It has to be a number between 1 and 65535.");
  }
  return port;
}

function portFromEnvironment(): number | undefined {
  const text = process.env["LOCAL_API_PORT"];
  if (text === undefined || text === "") return undefined;
  try {
    return toPort(text);
  } catch {
    throw new UserError(
      `LOCAL_API_PORT is '${text}', which is no port`,
      "set it to a number between 1 and 65535, or unset it",
      ExitCode.usage,
    );
  }
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join("\n")}\n`);
}

function describeEnvironment(environment: Environment): string[] {
  const { startedParts, apiServer, kubeconfig, nodes } = environment;
  return [
    `The embedded cluster runs at ${apiServer}, with ${nodes.length} simulated nodes.`,
    startedParts.length === 0 ? "Everything was running already." : `Started: ${startedParts.join(", ")}.`,
    "",
    "Simulated:",
    ...environment.simulated.map((sentence) => `  - ${sentence}`),
    "",
    `Look:  kubectl --kubeconfig ${shellWord(kubeconfig)} get nodes`,
    `Next:  npm start`,
  ];
}

const CONDITIONS: Readonly<Record<Status["condition"], string>> = {
  absent: `There is no embedded cluster yet. To make one: ${NAME} up`,
  stopped: `The embedded cluster is stopped. To start it: ${NAME} up`,
  degraded: `The embedded cluster runs only in part. To put it right: ${NAME} up`,
  running: "The embedded cluster is running.",
};

function describeStatus(report: Status): string[] {
  const lines = [CONDITIONS[report.condition]];
  if (report.condition === "absent") return lines;
  const rows = report.parts.map(({ name, condition, pid, port, since, role }) => [
    name,
    condition,
    pid === undefined ? "-" : String(pid),
    String(port),
    since ?? "-",
    role,
  ]);
  lines.push("", ...table([["PART", "CONDITION", "PID", "PORT", "SINCE", "WHAT IT IS"], ...rows]));
  lines.push("", `API server:  ${report.apiServer ?? "-"}`, `Kubeconfig:  ${report.kubeconfig ?? "-"}`);
  lines.push(`Nodes:       ${report.nodes.map(({ name, zone }) => `${name} (${zone})`).join(", ")}`);
  lines.push("", "Simulated:", ...report.simulated.map((sentence) => `  - ${sentence}`));
  return lines;
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** Prints a log; goes on with what comes after it as long as `follow` is not aborted. */
async function printLog(state: StateFolder, name: PartName, follow: AbortSignal | undefined): Promise<void> {
  const path = logFile(state, name);
  if (!existsSync(path)) {
    throw new UserError(`${name} has not run yet: there is no log`, `${NAME} up`, ExitCode.refused);
  }
  let offset = 0;
  for (;;) {
    const size = existsSync(path) ? statSync(path).size : 0;
    // A part that was started again begins a new log.
    if (size < offset) offset = 0;
    if (size > offset) {
      for await (const chunk of createReadStream(path, { start: offset, end: size - 1 }))
        process.stdout.write(chunk as Buffer);
      offset = size;
    }
    if (follow === undefined || follow.aborted) return;
    await wait(FOLLOW_POLL, undefined, { signal: follow }).catch(() => undefined);
  }
}
