// Runs a program and ends it when standard input closes: the driver holds the other end of that pipe, so the program ends
// with its driver however the driver died, kill -9 included. The engine gets SIGINT first, which lets it finish the step
// that it is in, write the state and release its lock.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import process from "node:process";
import { setTimeout } from "node:timers";

/** Longer than the engine needs to cancel, shorter than a person is willing to look at a dead prompt (milliseconds). */
const GRACE = 6_000;

const [program, ...args] = process.argv.slice(2);
// A group of its own: a Ctrl-C at the terminal reaches the engine once, through its driver, and never twice.
const child = spawn(program, args, { stdio: ["ignore", "inherit", "inherit"], detached: true });

const signalGroup = (signal) => {
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It has ended meanwhile.
  }
};

let ending = false;
const end = () => {
  if (ending) return;
  ending = true;
  child.kill("SIGINT");
  setTimeout(() => signalGroup("SIGKILL"), GRACE).unref();
};

process.stdin.resume();
process.stdin.on("end", end);
process.stdin.on("error", end);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill("SIGINT"));

child.on("error", (error) => {
  console.error(`${program}: ${error.message}`);
  process.exitCode = 127;
});
child.on("exit", (code, signal) => {
  // What the engine leaves behind in its group (plugins of a killed engine) goes with it.
  signalGroup("SIGKILL");
  process.exit(signal === null ? code : 128 + constants.signals[signal]);
});
