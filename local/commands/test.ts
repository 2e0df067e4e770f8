import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ExitCode, UserError } from "../errors";
import type { Progress } from "../progress";
import { projectRoot } from "../state";
import { ensureCheckov, ensureCrds, ensureTools, kwokStages, refereeNames, toolNames } from "../toolchain";
import { runCommand } from "./run-command";

interface Counts {
  readonly passed: number;
  readonly failed: number;
}

/**
 * Runs mocha; `--unit` leaves out what needs the control plane, everything else is passed on to mocha. The last line is
 * always `N passed, N failed`; no test at all is a failure.
 */
runCommand(async (args, { progress, signal, onCleanup }) => {
  if (!args.includes("--unit")) await makeTools(progress, signal);
  const folder = mkdtempSync(join(tmpdir(), "test-counts-"));
  onCleanup(() => {
    rmSync(folder, { recursive: true });
  });
  const counts = join(folder, "counts.json");
  const code = await mocha(args, counts, signal);
  const { passed, failed } = readCounts(counts);
  console.log(`${passed} passed, ${failed} failed`);
  return code === 0 && passed > 0 && failed === 0 ? ExitCode.done : ExitCode.failed;
});

/** A test that had to build a tool first would run out of its time. */
async function makeTools(progress: Progress, signal: AbortSignal): Promise<void> {
  await ensureTools([...toolNames, ...refereeNames], progress, { signal });
  await ensureCrds(progress, { signal });
  await kwokStages(progress, { signal });
  await ensureCheckov(progress, { signal }).catch((error: unknown) => {
    if (!(error instanceof UserError) || error.exitCode !== ExitCode.refused) throw error;
    progress.note(error.message);
  });
}

function mocha(args: readonly string[], counts: string, signal: AbortSignal): Promise<number | null> {
  const unit = args.includes("--unit");
  const passedOn = args.filter((argument) => argument !== "--unit");
  const child = spawn(
    process.execPath,
    [
      join(projectRoot, "node_modules", "mocha", "bin", "mocha.js"),
      "--reporter",
      join(projectRoot, "test", "support", "counting-reporter.ts"),
      ...(unit ? ["--ignore", "test/end-to-end/**"] : []),
      ...passedOn,
      ...(passedOn.some((argument) => argument.endsWith(".test.ts")) ? [] : ["test/**/*.test.ts"]),
    ],
    { cwd: projectRoot, stdio: "inherit", env: { ...process.env, TEST_COUNTS: counts } },
  );
  const end = () => child.kill("SIGINT");
  signal.addEventListener("abort", end, { once: true });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", resolve);
  });
}

/** Without counts mocha ended before it had run anything, for example because a test file does not load. */
function readCounts(file: string): Counts {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Counts;
  } catch {
    return { passed: 0, failed: 1 };
  }
}
