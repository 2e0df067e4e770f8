import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { projectRoot } from "../../local/state";

/** What every command imports. */
const ALWAYS = [
  "tsconfig.json",
  "local/errors.ts",
  "local/progress.ts",
  "local/state.ts",
  "local/commands/run-command.ts",
];

/** A project in a temporary folder with some files of this one, to run its commands over something else than this project. */
export class ProjectCopy {
  readonly root = mkdtempSync(join(tmpdir(), "project-"));

  constructor(files: readonly string[]) {
    for (const file of [...ALWAYS, ...files])
      cpSync(join(projectRoot, file), join(this.root, file), { recursive: true });
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), text);
  }

  /** Makes an installed package, or all of them, available in the copy. */
  link(path: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    symlinkSync(join(projectRoot, path), join(this.root, path));
  }

  run(command: string, args: readonly string[] = []): SpawnSyncReturns<string> {
    const register = join(projectRoot, "node_modules", "ts-node", "register");
    return spawnSync(
      process.execPath,
      ["-r", register, join(this.root, "local", "commands", `${command}.ts`), ...args],
      {
        cwd: this.root,
        encoding: "utf8",
        env: {
          PATH: process.env["PATH"],
          HOME: this.root,
          TS_NODE_PROJECT: join(projectRoot, "tsconfig.json"),
          CI: "1",
        },
      },
    );
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
