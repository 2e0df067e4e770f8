import { spawn } from "node:child_process";
import { clearInterval, setInterval } from "node:timers";
import { ExitCode, LaunchError } from "./say.mjs";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];

/** How often it is looked whether npm, which started us, is still there (milliseconds). */
const PARENT_CHECK = 1000;

/**
 * Runs a command in our place: same input and output, signals passed on, and its exit code is the result. It learns from the
 * channel between us when we are gone, even by SIGKILL; when npm is gone, it is told to stop.
 */
export async function runInOurPlace(command, args, options) {
  const child = spawn(command, args, { ...options, stdio: ["inherit", "inherit", "inherit", "ipc"] });
  const pass = (signal) => child.kill(signal);
  for (const signal of SIGNALS) process.on(signal, pass);
  const parent = process.ppid;
  const check = setInterval(() => {
    if (options.env.npm_lifecycle_event !== undefined && process.ppid !== parent) pass("SIGHUP");
  }, PARENT_CHECK);
  try {
    return await new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("exit", (code, signal) => {
        if (code !== null) resolve(code);
        else if (SIGNALS.includes(signal)) resolve(ExitCode.interrupted);
        else reject(new LaunchError(`The command was ended by ${signal}`, remedyFor(signal)));
      });
    });
  } finally {
    clearInterval(check);
    for (const signal of SIGNALS) process.removeListener(signal, pass);
  }
}

function remedyFor(signal) {
  return signal === "SIGKILL"
    ? "if nobody ended it, free some memory; run the same command again: it resumes"
    : "run the same command again with --debug and report what it prints";
}
