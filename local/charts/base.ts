import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import { ExitCode, UserError } from "../errors";
import { type Release, RELEASES_FILE } from "../render/releases";
import { projectRoot } from "../state";

/**
 * The releases of a stack at another commit, as that commit's own program and renderer tell them; with the dependencies of this
 * checkout, which a commit that changed them may not like.
 *
 * @throws UserError when there is no such commit, or its program cannot be rendered
 */
export async function releasesAt(ref: string, stack: string, signal: AbortSignal): Promise<readonly Release[]> {
  const folder = await mkdtemp(join(tmpdir(), "charts-base-"));
  try {
    await checkOut(ref, folder, signal);
    const out = join(folder, "rendered");
    const command = join("local", "commands", "render.ts");
    if (!existsSync(join(folder, command))) {
      throw new UserError(
        `The program at ${ref} cannot be rendered: it has no ${command}.`,
        "name a newer --base",
        ExitCode.usage,
      );
    }
    try {
      await execa(process.execPath, ["--require", "ts-node/register", command, "--stack", stack, "--out", out], {
        cwd: folder,
        env: { LOCAL_STATE: join(folder, ".local") },
        cancelSignal: signal,
        stdin: "ignore",
      });
    } catch (error) {
      if (signal.aborted) throw error;
      const said = ((error as { readonly stderr?: string }).stderr ?? "").split("\n");
      const reason = said.find((line) => line.startsWith("Error: ")) ?? said.at(-1) ?? "";
      throw new UserError(`The stack ${stack} at ${ref} cannot be rendered: ${reason}`, "name another --base");
    }
    const file = join(out, RELEASES_FILE);
    return existsSync(file) ? (parse(readFileSync(file, "utf8")) as readonly Release[]) : [];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The files of a commit, without touching the repository or its index. */
async function checkOut(ref: string, folder: string, signal: AbortSignal): Promise<void> {
  await mkdir(folder, { recursive: true });
  const archive = join(folder, "base.tar");
  try {
    await execa("git", ["archive", "--output", archive, "--end-of-options", `${ref}^{commit}`], {
      cwd: projectRoot,
      cancelSignal: signal,
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new UserError(
      `There is no commit ${ref} in this repository.`,
      "name a commit, branch or tag with --base",
      ExitCode.usage,
    );
  }
  await execa("tar", ["-xf", archive, "-C", folder], { cancelSignal: signal });
  await rm(archive);
  await symlink(join(projectRoot, "node_modules"), join(folder, "node_modules"));
}
