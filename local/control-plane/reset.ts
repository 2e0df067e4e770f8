import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ExitCode, UserError } from "../errors";
import type { Progress } from "../progress";
import type { StateFolder } from "../state";
import { isOwnFolder, lockFolder } from "./environment";
import { withLock } from "./lock";
import { stopProcesses } from "./processes";

/**
 * Ends the environment and deletes its folder: cluster, keys, engine state and plugins. The next `up` makes a new cluster.
 *
 * @throws UserError when the folder is not an environment's; nothing is deleted then
 */
export async function reset(state: StateFolder, progress: Progress, signal?: AbortSignal): Promise<void> {
  removeRemains(state);
  if (!existsSync(state.root)) return;
  if (!isOwnFolder(state)) {
    throw new UserError(
      `${state.root} does not look like the folder of an embedded environment, and was not deleted`,
      "set LOCAL_STATE to the environment's folder, or delete the folder yourself",
      ExitCode.refused,
    );
  }
  await withLock(
    lockFolder(state),
    "resetting the embedded environment",
    ({ pid, purpose }) => {
      progress.note(`Waiting for pid ${pid}, which is ${purpose}`);
    },
    signal,
    async () => {
      await stopProcesses(state);
      // Whoever waits for the lock finds no folder from one moment to the next, never half of one.
      const doomed = join(dirname(state.root), `${basename(state.root)}${REMAINS}${process.pid}`);
      renameSync(state.root, doomed);
      rmSync(doomed, { recursive: true, force: true });
    },
  );
}

const REMAINS = ".deleting-";

/** What a reset that was killed left behind. */
function removeRemains(state: StateFolder): void {
  const folder = dirname(state.root);
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder).filter((entry) => entry.startsWith(`${basename(state.root)}${REMAINS}`))) {
    rmSync(join(folder, name), { recursive: true, force: true });
  }
}
