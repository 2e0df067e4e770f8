import type { ChildProcess } from "node:child_process";

/** Waits until a command says something on standard error. */
export function said(child: ChildProcess, pattern: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout?.resume();
    child.stderr?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (pattern.test(text)) resolve();
    });
    child.once("exit", () => {
      reject(new Error(`It ended without saying ${pattern.source}:\n${text}`));
    });
  });
}
