import { spawn } from "node:child_process";
import { join } from "node:path";
import { ExitCode, type ExitCode as Code } from "../errors";
import { projectRoot } from "../state";
import { runCommand } from "./run-command";

/** Runs the performance tests, which are tests and so none of this folder's business: everything is passed on to them. */
runCommand(async (args, { signal }) => {
  const program = [join(projectRoot, "test", "bench", "index.ts"), ...args];
  const child = spawn(process.execPath, ["-r", "ts-node/register", ...program], {
    cwd: projectRoot,
    // By its channel it notices, and puts things in order, when this process is killed.
    stdio: ["inherit", "inherit", "inherit", "ipc"],
  });
  signal.addEventListener("abort", () => child.kill("SIGINT"), { once: true });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", resolve);
  });
  return isExitCode(code) ? code : ExitCode.failed;
});

function isExitCode(code: number | null): code is Code {
  return Object.values<number | null>(ExitCode).includes(code);
}
