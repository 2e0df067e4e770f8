import { spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { basename, delimiter, join } from "node:path";
import { ExitCode, LaunchError } from "./say.mjs";

const NO_NETWORK =
  /ENOTFOUND|ECONNREFUSED|ECONNRESET|EAI_AGAIN|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED|ERR_SOCKET_TIMEOUT|network (request|connectivity)/;

/** How many lines of npm's are shown when it fails: the first ones say why, its usage and log file follow. */
const SHOWN = 6;

/** Without these, npm tries for more than a minute before it says that there is no network. */
const QUIET = [
  "--ignore-scripts",
  "--no-audit",
  "--no-fund",
  "--no-update-notifier",
  "--loglevel=error",
  "--prefer-offline",
  "--fetch-retries=1",
  "--fetch-retry-mintimeout=1000",
  "--fetch-retry-maxtimeout=3000",
];

/** The npm that started us, or the one on PATH, as a command line. */
export function findNpm(env, node = process.execPath) {
  const started = env.npm_execpath;
  if (started !== undefined && basename(started) === "npm-cli.js" && isFile(started)) return [node, started];
  const found = (env.PATH ?? "").split(delimiter).map((folder) => join(folder, "npm"));
  const npm = found.find((path) => isFile(path));
  if (npm !== undefined) return [npm];
  throw new LaunchError(
    "npm is neither on PATH nor did it start this command",
    "install npm (it comes with Node.js) or put it on PATH, then run the same command again",
    ExitCode.refused,
  );
}

function isFile(path) {
  try {
    accessSync(path, constants.R_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * Runs npm quietly and returns what it printed on standard output.
 *
 * @param doing what fails if npm fails, as the start of a sentence
 */
export async function runNpm(npm, args, { cwd, env, doing }) {
  const [command, ...first] = npm;
  const child = spawn(command, [...first, ...args, ...QUIET], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  const end = () => child.kill("SIGTERM");
  process.on("exit", end);
  let stdout = "";
  let all = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
    all += chunk;
  });
  child.stderr.on("data", (chunk) => {
    all += chunk;
  });
  const code = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  process.removeListener("exit", end);
  if (code === 0) return stdout;
  if (NO_NETWORK.test(all)) {
    throw new LaunchError(
      `${doing} needs the package registry, which cannot be reached`,
      "connect to the network (behind a proxy set HTTPS_PROXY), then run the same command again",
      ExitCode.refused,
    );
  }
  const words = all.split("\n").filter((line) => line.replace("npm error", "").trim() !== "");
  throw new LaunchError(
    [`${doing} failed; npm says:`, ...words.slice(0, SHOWN).map((line) => `  ${line}`)].join("\n"),
    all.includes("EUSAGE")
      ? "run npm install, which puts package-lock.json in order, then the same command again"
      : "mend what npm names, then run the same command again",
  );
}
