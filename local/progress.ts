import ora from "ora";

/** Where progress is shown. */
type Display = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

/** A running piece of work. */
export interface Step {
  /**
   * Shows what the step is doing now. On a terminal it replaces the line; elsewhere it is an appended line, at most one every
   * few seconds, and the latest one is never lost. What has to be seen whatever comes after it is a {@link Progress.note}.
   */
  update(detail: string): void;
}

/** Shows long work to a person, on standard error: standard output is for data. */
export interface Progress {
  /** Runs `work` under `title` and shows its elapsed time, its end and its failure. */
  step<T>(title: string, work: (step: Step) => Promise<T>): Promise<T>;
  /** A line of its own, as it is; also in the middle of a step. */
  note(text: string): void;
}

/** Without a sign of life for this long, a person thinks that it hangs (seconds). */
const HEARTBEAT_SECONDS = 30;

/** Appended lines come at least this far apart, or a screen reader never ends (seconds). */
const QUIET_SECONDS = 5;

export function seconds(milliseconds: number): string {
  const whole = Math.round(milliseconds / 1000);
  return whole < 60 ? `${(milliseconds / 1000).toFixed(1)} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/**
 * A spinner on a terminal; lines that are only ever appended when there is none, with NO_COLOR's `TERM=dumb` cousins, in
 * CI, or with ACCESSIBLE=1, where a repainted line is noise or silence for a screen reader. LOCAL_VERBOSE=1 appends a line for
 * every update, for scripts and for those who look for a fault.
 */
export function createProgress(stream: Display = process.stderr, env: NodeJS.ProcessEnv = process.env): Progress {
  // A terminal without a width (docker, expect) makes the spinner erase lines without end.
  const paintable = stream.isTTY === true && (stream.columns ?? 0) > 0;
  const verbose = env["LOCAL_VERBOSE"] === "1";
  const appendOnly =
    !paintable || verbose || env["ACCESSIBLE"] === "1" || env["TERM"] === "dumb" || env["CI"] !== undefined;
  return appendOnly
    ? appendingProgress(stream, verbose ? 0 : QUIET_SECONDS)
    : spinningProgress(stream, env["NO_COLOR"] === undefined);
}

function appendingProgress(stream: NodeJS.WritableStream, quietSeconds: number): Progress {
  let lastLine = 0;
  const print = (text: string) => {
    lastLine = Date.now();
    stream.write(`${text}\n`);
  };
  const silentFor = (time: number) => Date.now() - lastLine >= time * 1000;
  return {
    note: print,
    async step(title, work) {
      const started = Date.now();
      let [detail, printed] = ["", ""];
      const show = () => {
        if (detail === printed || !silentFor(quietSeconds)) return;
        printed = detail;
        print(`${title}: ${detail}`);
      };
      const clock = setInterval(() => {
        show();
        if (!silentFor(HEARTBEAT_SECONDS)) return;
        print(`${title}: still running after ${seconds(Date.now() - started)}${detail === "" ? "" : ` (${detail})`}`);
      }, 1000);
      print(`${title} ...`);
      try {
        const result = await work({
          update(next) {
            detail = next;
            show();
          },
        });
        print(`${title}: done in ${seconds(Date.now() - started)}`);
        return result;
      } catch (error) {
        print(`${title}: failed after ${seconds(Date.now() - started)}`);
        throw error;
      } finally {
        clearInterval(clock);
      }
    },
  };
}

function spinningProgress(stream: Display, color: boolean): Progress {
  return {
    note(text) {
      stream.write(`${text}\n`);
    },
    async step(title, work) {
      const started = Date.now();
      let detail = "";
      const render = () => `${title} (${seconds(Date.now() - started)})${detail === "" ? "" : ` ${detail}`}`;
      const spinner = ora({ text: title, stream, discardStdin: false, ...(color ? {} : { color: false }) }).start();
      const clock = setInterval(() => (spinner.text = render()), 1000);
      try {
        const result = await work({
          update(next) {
            detail = next;
            spinner.text = render();
          },
        });
        spinner.succeed(`${title} (${seconds(Date.now() - started)})`);
        return result;
      } catch (error) {
        spinner.fail(`${title} (${seconds(Date.now() - started)})`);
        throw error;
      } finally {
        clearInterval(clock);
      }
    },
  };
}
