// Preloaded into every Node process of a measured engine run (NODE_OPTIONS). When the process is the stack's program, it
// leaves what the program took in the file that BENCH_RECORD names.
import { appendFileSync, readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import process from "node:process";

/** The peak of this process alone (kilobytes): getrusage's begins with what the process that forked it had. */
function peak() {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]);
  } catch {
    return process.resourceUsage().maxRSS;
  }
}

const file = process.env.BENCH_RECORD;
if (file !== undefined && /@pulumi\/pulumi\/cmd\/run(\/index(\.js)?)?$/.test(process.argv[1] ?? "")) {
  process.on("exit", () => {
    // performance.now() counts from the start of the process.
    appendFileSync(file, `${JSON.stringify({ milliseconds: performance.now(), kilobytes: peak() })}\n`);
  });
}
