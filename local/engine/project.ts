import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, stringify, YAMLParseError } from "yaml";
import { ExitCode, UserError } from "../errors";
import { projectRoot, type StateFolder } from "../state";

/** A stack's configuration file as it stands in YAML. */
interface StackFile {
  config?: Record<string, unknown>;
  encryptionsalt?: string;
  encryptedkey?: string;
  secretsprovider?: string;
}

/** What a derived project shares with the checkout: the program and what it needs to run. */
const shared = ["infra", "components", "node_modules", "package.json", "tsconfig.json"];

/**
 * Makes a project folder that runs the checkout's program with a changed copy of one stack's configuration, so that the
 * committed file stays as it is. Its secrets provider is always the state folder's own passphrase: a copy neither asks a
 * cloud's key service nor writes a salt beside the original.
 *
 * @param edit changes the copy's configuration in place
 * @returns the folder, to run the engine in
 */
export async function deriveProject(
  state: StateFolder,
  name: string,
  stack: { readonly from: string; readonly to: string },
  edit: (config: Record<string, unknown>) => void,
): Promise<string> {
  const folder = join(state.projects, name);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await cp(join(projectRoot, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
  const present = new Set(await readdir(folder));
  for (const entry of shared) {
    if (!present.has(entry)) await symlink(join(projectRoot, entry), join(folder, entry));
  }
  const target = join(folder, `Pulumi.${stack.to}.yaml`);
  const salt = present.has(`Pulumi.${stack.to}.yaml`) ? (await readStackFile(target)).encryptionsalt : undefined;
  const { config = {} } = await readStackFile(join(projectRoot, `Pulumi.${stack.from}.yaml`));
  edit(config);
  const copy: StackFile = { config, ...(salt === undefined ? {} : { encryptionsalt: salt }) };
  await writeFile(target, stringify(copy), { mode: 0o600 });
  return folder;
}

async function readStackFile(path: string): Promise<StackFile> {
  return readYaml<StackFile>(path, await readFile(path, "utf8"));
}

/**
 * What stands in a file that people write.
 *
 * @throws UserError naming the file and the line when it is no YAML
 */
export function readYaml<Content extends object>(path: string, text: string): Partial<Content> {
  try {
    return (parse(text) as Content | null) ?? {};
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    const [reason = ""] = error.message.split("\n", 1);
    throw new UserError(
      `${path} cannot be read: ${reason.replace(/:$/, "")}`,
      "correct it, then run the same command again",
      ExitCode.usage,
      { cause: error },
    );
  }
}

/** Removes a derived project; the checkout that it points at is untouched. */
export async function removeDerivedProject(state: StateFolder, name: string): Promise<void> {
  await rm(join(state.projects, name), { recursive: true, force: true });
}
