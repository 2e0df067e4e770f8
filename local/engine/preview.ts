import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { ExitCode, UserError } from "../errors";
import { WITHOUT_CLUSTER } from "../plugins/kubernetes/settings";
import { projectRoot } from "../state";
import { runOperation } from "./deploy";
import { EngineStack } from "./engine";
import type { RunDigest } from "./events";
import type { PreparedEngine } from "./prepare";
import { deriveProject } from "./project";
import type { OperationOptions } from "./deploy";

/** The stacks that this repository configures. */
export async function stackNames(): Promise<string[]> {
  const files = await readdir(projectRoot);
  return files.flatMap((file) => /^Pulumi\.([\w-]+)\.yaml$/.exec(file)?.[1] ?? []).sort();
}

/**
 * The stack that a command was given, or all of them.
 *
 * @param command how the command starts, for the last line of an error
 */
export async function chosenStacks(stack: string | undefined, command: string): Promise<string[]> {
  const known = await stackNames();
  if (stack === undefined) return known;
  if (known.includes(stack)) return [stack];
  throw new UserError(
    `There is no stack "${stack}": there is no file Pulumi.${stack}.yaml.`,
    `${command} --stack NAME, with one of: ${known.join(", ")}`,
    ExitCode.usage,
  );
}

/**
 * Previews stacks as they would be created from nothing: without a cluster, a cloud account or a login, from a copy of their
 * configuration.
 *
 * @param names the stacks; all of them by default
 */
export async function previewStacks(
  engine: PreparedEngine,
  options: Omit<OperationOptions, "remedy">,
  names?: readonly string[],
): Promise<ReadonlyMap<string, RunDigest>> {
  const digests = new Map<string, RunDigest>();
  for (const name of names ?? (await stackNames())) {
    const opened = await openPreview(engine, { from: name, to: `preview-${name}` });
    digests.set(
      name,
      await runOperation(opened, "preview", { ...options, remedy: `npm run preview -- --stack ${name}` }),
    );
  }
  return digests;
}

/** Stands for a secret in a preview; every secret of the configuration accepts a value of this shape. */
export const PLACEHOLDER = "https://unknown-in-a-preview.example.com/";

/**
 * A stack to preview only: a copy of a stack's configuration, without the cluster and the secrets that it names.
 *
 * @param edit changes the copy's configuration in place
 */
export async function openPreview(
  engine: PreparedEngine,
  stack: { readonly from: string; readonly to: string },
  edit: (config: Record<string, unknown>) => void = () => undefined,
): Promise<EngineStack> {
  const secrets: string[] = [];
  const workDir = await deriveProject(engine.state, stack.to, stack, (config) => {
    secrets.push(...withoutSecrets(config));
    edit(config);
  });
  const environment = { ...engine.environment, [WITHOUT_CLUSTER]: join(workDir, "manifests") };
  const opened = await EngineStack.open(stack.to, { ...engine, workDir, environment, configuredBy: stack.from });
  for (const key of secrets) await opened.command(["config", "set", "--secret", key, PLACEHOLDER]);
  return opened;
}

/**
 * Takes out what only the stack's own secrets provider can read: nobody has to hold its key for a preview.
 *
 * @returns the keys that were secrets
 */
function withoutSecrets(config: Record<string, unknown>): string[] {
  const keys = Object.entries(config)
    .filter(([, value]) => typeof value === "object" && value !== null && "secure" in value)
    .map(([key]) => key);
  for (const key of keys) Reflect.deleteProperty(config, key);
  return keys;
}
