import { Checkout } from "../support/checkout";
import { UserError } from "../../local/errors";
import { secondsOf } from "./engine-run";
import type { Laboratory } from "./laboratory";
import type { Comparison, Sample, Target } from "./statistics";
import { inRounds, type Suite } from "./suite";

/** Issue 3: "Warm: environment ready in < 10 s; whole `npm start` < 45 s". */
const ENVIRONMENT_TARGET: Target = { quantity: "seconds", atMost: 10 };
const START_TARGET: Target = { quantity: "seconds", atMost: 45 };

type Figures = Readonly<Record<"running" | "stopped" | "empty" | "start" | "again", Sample>>;

/** The commands as a user runs them, each from its launch to its end, in a fresh checkout with a warm tool cache. */
export const start: Suite = {
  title: "Environment and npm start, with a warm tool cache",
  secondsBefore: 2,
  secondsPerRound: 60,
  async run(laboratory, rounds) {
    const checkout = new Checkout();
    laboratory.context.onCleanup(() => checkout.remove());
    const run = (...words: readonly [string, ...string[]]) => runCommand(laboratory, checkout, words);
    const measured = await inRounds(laboratory, rounds, async (): Promise<Figures> => {
      await run("local", "reset");
      const first = await run("start");
      const again = await run("start");
      await run("local", "down");
      const stopped = await run("local", "up");
      const running = await run("local", "up");
      await run("local", "reset");
      return { start: first, again, stopped, running, empty: await run("local", "up") };
    });
    const compare = (
      [subject, label]: readonly [keyof Figures, string],
      [baseline, against]: readonly [keyof Figures, string],
      target: Target,
    ): Comparison => ({
      subject: label,
      baseline: against,
      pairs: measured.map((figures) => ({ subject: figures[subject], baseline: figures[baseline] })),
      targets: [target],
    });
    const running = ["running", "npm run local -- up, running already"] as const;
    const empty = ["empty", "npm run local -- up, nothing there"] as const;
    return [
      compare(["stopped", "npm run local -- up, stopped with data"], running, ENVIRONMENT_TARGET),
      compare(empty, running, ENVIRONMENT_TARGET),
      compare(["start", "npm start, nothing there"], empty, START_TARGET),
      compare(["again", "npm start, no changes"], running, START_TARGET),
    ];
  },
};

/** Runs a command of the checkout to its end. */
async function runCommand(
  { context: { signal } }: Laboratory,
  checkout: Checkout,
  [command, ...args]: readonly [string, ...string[]],
): Promise<Sample> {
  signal.throwIfAborted();
  const seconds = await secondsOf(async () => {
    const child = checkout.spawn(command, args);
    const end = () => child.kill("SIGINT");
    signal.addEventListener("abort", end, { once: true });
    let stderr = "";
    child.stdout?.resume();
    child.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    signal.removeEventListener("abort", end);
    signal.throwIfAborted();
    if (code !== 0) throw new UserError(stderr.trimEnd(), ["npm run", command, "--", ...args].join(" "));
  });
  return { seconds };
}
