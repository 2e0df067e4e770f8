// Runs on Node 18 and newer, without any dependency: it brings what the commands need, and starts them.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureDependencies } from "../toolchain/bootstrap/dependencies.mjs";
import { runInOurPlace } from "../toolchain/bootstrap/forward.mjs";
import { ensureNode, readPins } from "../toolchain/bootstrap/node.mjs";
import { ExitCode, LaunchError, say } from "../toolchain/bootstrap/say.mjs";

const commandsFolder = dirname(fileURLToPath(import.meta.url));
const root = dirname(dirname(commandsFolder));

/** As `toolCache` in local/state.ts, which cannot be read yet. */
function toolCache(env) {
  const base = env.XDG_CACHE_HOME ? env.XDG_CACHE_HOME : join(homedir(), ".cache");
  return join(base, "monitoring-web-service");
}

/** Not every module beside the commands is one. */
function isCommand(source) {
  return source.includes('from "./run-command"');
}

function commandFile(name) {
  const commands = readdirSync(commandsFolder)
    .filter((file) => file.endsWith(".ts") && isCommand(readFileSync(join(commandsFolder, file), "utf8")))
    .map((file) => file.slice(0, -3))
    .sort();
  if (name !== undefined && commands.includes(name)) return join("local", "commands", `${name}.ts`);
  const near = commands.find((command) => name !== undefined && distance(command, name) <= 2);
  const hint = near === undefined ? "" : `, did you mean ${near}?`;
  throw new LaunchError(
    `${name === undefined ? "No command given" : `There is no command ${name}`}${hint}`,
    `use one of: ${commands.join(", ")}`,
    ExitCode.usage,
  );
}

/** How many letters differ (Levenshtein). */
function distance(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      next.push(Math.min(next[j] + 1, row[j + 1] + 1, row[j] + (letter === other ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length];
}

async function launch(name, args) {
  if (process.platform === "win32") {
    throw new LaunchError(
      "Windows itself is not supported: the control plane needs Linux or macOS",
      "run it inside WSL2 (wsl --install), in a folder of the Linux file system",
      ExitCode.refused,
    );
  }
  const file = commandFile(name);
  const cache = toolCache(process.env);
  const platform = `${process.platform}-${process.arch}`;
  const node = await ensureNode({ cache, env: process.env, version: process.version, platform, pins: readPins() });
  const env = {
    ...process.env,
    PATH: [dirname(node), process.env.PATH].join(delimiter),
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(cache, "compile-cache"),
  };
  await ensureDependencies({ root, cache, env, node });
  if (!existsSync(join(root, "node_modules", "ts-node"))) {
    throw new LaunchError("The npm dependencies are incomplete", "remove node_modules and run the same command again");
  }
  return runInOurPlace(node, ["-r", "ts-node/register", file, ...args], { cwd: root, env });
}

// While nothing runs in our place yet, a signal ends us; exit handlers end what we started and free locks.
const interrupted = () => process.exit(ExitCode.interrupted);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    if (process.listenerCount(signal) === 1) interrupted();
  });
}

const [name, ...args] = process.argv.slice(2);
try {
  process.exitCode = await launch(name, args);
} catch (error) {
  const lines = error instanceof LaunchError ? [`Error: ${error.message}`, `To fix: ${error.remedy}`] : defect(error);
  say(lines.join("\n"));
  process.exitCode = error.exitCode ?? ExitCode.failed;
}

/** As for the commands themselves, in run-command.ts. */
function defect(error) {
  if (process.argv.includes("--debug")) return [error.stack, "To fix: report the lines above"];
  return [
    `This is a defect of ours, not of your input: ${error.name}: ${error.message}`,
    "To fix: run it again with --debug and report what it prints",
  ];
}
