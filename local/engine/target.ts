import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { checkCluster, up } from "../control-plane";
import { ExitCode, UserError } from "../errors";
import type { Progress } from "../progress";
import { projectRoot, type StateFolder } from "../state";
import { deriveProject, readYaml } from "./project";

/** Where a stack goes: the embedded cluster, or one that the user already has. */
export interface Target {
  readonly stack: string;
  /** The stack whose configuration it has, in this cluster's version. */
  readonly configuredBy: string;
  readonly workDir: string;
  readonly kubeconfig: string;
  readonly context: string;
  /** On top of the engine's environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** What the cluster only simulates. */
  readonly simulated: readonly string[];
}

/** Brings the embedded cluster up: the target of the stack `local`. */
export async function embeddedTarget(state: StateFolder, progress: Progress, signal: AbortSignal): Promise<Target> {
  const cluster = await up(state, progress, { signal });
  return {
    stack: "local",
    configuredBy: "local",
    workDir: await localProject(state, cluster.kubeconfig, cluster.context),
    kubeconfig: cluster.kubeconfig,
    context: cluster.context,
    environment: {},
    simulated: cluster.simulated,
  };
}

/** The checkout itself, or a copy that names this cluster: the committed stack knows the default state folder only. */
function localProject(state: StateFolder, kubeconfig: string, context: string): Promise<string> {
  if (state.root === join(projectRoot, ".local")) return Promise.resolve(projectRoot);
  return deriveProject(state, "local", { from: "local", to: "local" }, (config) => {
    config["monitoring-web-service:cluster"] = { kind: "existing", kubeconfig, context };
  });
}

/**
 * A cluster of the user's own, by the name of a context in their kubeconfig, which is only read. The stack's configuration
 * is a copy of Pulumi.local.yaml with this cluster in it, kept in the state folder with a random passphrase.
 */
export async function ownClusterTarget(state: StateFolder, context: string): Promise<Target> {
  const kubeconfig = await kubeconfigWith(context);
  await checkCluster(kubeconfig, context);
  const stack = `local-${context.replaceAll(/[^A-Za-z0-9-]/g, "-")}`;
  const workDir = await deriveProject(state, stack, { from: "local", to: stack }, (config) => {
    config["monitoring-web-service:cluster"] = { kind: "existing", kubeconfig, context };
  });
  const environment = { PULUMI_CONFIG_PASSPHRASE: await ownPassphrase(state) };
  return { stack, configuredBy: "local", workDir, kubeconfig, context, environment, simulated: [] };
}

/** The kubeconfig file that has the context, searched as kubectl does: KUBECONFIG's files, or ~/.kube/config. */
async function kubeconfigWith(context: string, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const listed = (env["KUBECONFIG"] ?? "").split(delimiter).filter((path) => path !== "");
  const files = listed.length > 0 ? listed : [join(homedir(), ".kube", "config")];
  const known: string[] = [];
  const missing: string[] = [];
  for (const file of files) {
    const names = await contextNames(file);
    if (names?.includes(context) === true) return file;
    if (names === undefined) missing.push(file);
    else known.push(...names);
  }
  if (missing.length === files.length) {
    throw new UserError(
      `There is no kubeconfig at ${missing.join(", ")}.`,
      listed.length > 0 ? "let KUBECONFIG name a file that exists" : "let KUBECONFIG name your kubeconfig",
      ExitCode.usage,
    );
  }
  throw new UserError(
    `There is no context "${context}" in ${files.join(", ")}.` +
      (known.length > 0 ? ` There is: ${known.join(", ")}.` : ""),
    "npm start -- --context NAME, with a name that `kubectl config get-contexts` lists",
    ExitCode.usage,
  );
}

/** The contexts in a kubeconfig; undefined when the file cannot be read. */
async function contextNames(file: string): Promise<string[] | undefined> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const { contexts = [] } = readYaml<{ contexts?: readonly { name?: unknown }[] }>(file, text);
  return contexts.flatMap(({ name }) => (typeof name === "string" ? [name] : []));
}

/** The passphrase of the stacks that run on the user's own clusters: made once, 0600, in the state folder. */
async function ownPassphrase(state: StateFolder): Promise<string> {
  // "wx" loses to a second start that was faster: then its passphrase is the one.
  await writeFile(state.passphrase, randomBytes(32).toString("hex"), { mode: 0o600, flag: "wx" }).catch(
    (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    },
  );
  return readFile(state.passphrase, "utf8");
}
