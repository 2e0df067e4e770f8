import { spawn } from "node:child_process";
import { join } from "node:path";
import { ExitCode, UserError } from "../errors";
import { seconds } from "../progress";
import { projectRoot } from "../state";
import { runCommand } from "./run-command";

interface Check {
  readonly name: string;
  /** Below node_modules. */
  readonly script: string;
  readonly arguments: readonly string[];
  /** What puts it right. */
  readonly remedy: string;
}

const checks: readonly Check[] = [
  {
    name: "prettier",
    script: "prettier/bin/prettier.cjs",
    arguments: ["--check", "--log-level=warn", "."],
    remedy: "npx prettier --write .",
  },
  {
    name: "eslint",
    script: "eslint/bin/eslint.js",
    arguments: ["--max-warnings=0", "."],
    remedy: "npx eslint --fix .",
  },
  { name: "tsc", script: "typescript/bin/tsc", arguments: ["--noEmit", "-p", "."], remedy: "mend the types" },
  { name: "knip", script: "knip/bin/knip.js", arguments: ["--no-progress"], remedy: "remove what nothing uses" },
];

/** Formatting, lint, types and dead code: all of them, then what failed. */
runCommand(async (args, { signal }) => {
  if (args.length > 0)
    throw new UserError(`check takes no arguments, not ${args.join(" ")}`, "npm run check", ExitCode.usage);
  const failed: Check[] = [];
  for (const check of checks) {
    const started = Date.now();
    const { code, output } = await run(check, signal);
    const ok = code === 0;
    console.log(`${ok ? "ok    " : "FAILED"} ${check.name} (${seconds(Date.now() - started)})`);
    if (ok) continue;
    console.log(output.trimEnd());
    failed.push(check);
  }
  signal.throwIfAborted();
  if (failed.length === 0) return;
  throw new UserError(
    `${failed.length} of ${checks.length} checks failed: ${failed.map((check) => check.name).join(", ")}`,
    failed.map((check) => check.remedy).join("; "),
  );
});

function run(check: Check, signal: AbortSignal): Promise<{ code: number | null; output: string }> {
  const script = join(projectRoot, "node_modules", check.script);
  const child = spawn(process.execPath, [script, ...check.arguments], {
    cwd: projectRoot,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const end = () => child.kill();
  signal.addEventListener("abort", end, { once: true });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      signal.removeEventListener("abort", end);
      resolve({ code, output });
    });
  });
}
