import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import { UserError } from "../../errors";
import { isObject, list, object, text, type Json, type JsonObject } from "./properties";

/** Where the API server is, and how to prove who asks. */
export interface ClusterAccess {
  /** The API server's address, such as `https://127.0.0.1:6443`. */
  readonly server: string;
  readonly context: string;
  readonly namespace: string | undefined;
  readonly ca: string | undefined;
  readonly serverName: string | undefined;
  readonly skipVerify: boolean;
  readonly certificate: string | undefined;
  readonly key: string | undefined;
  readonly token: string | undefined;
  readonly tokenFile: string | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** A program that prints credentials (`user.exec` of the kubeconfig). */
  readonly exec: JsonObject | undefined;
}

/** A kubeconfig's text with the folder that relative paths in it start from. */
interface Source {
  readonly config: JsonObject;
  readonly folder: string;
}

const REMEDY = "Set the provider's kubeconfig to a file or to its text, and context to one of its contexts.";

/** Whether the argument is a kubeconfig's text rather than the path of a file. */
function isContent(kubeconfig: string): boolean {
  return kubeconfig.includes("\n") || kubeconfig.trimStart().startsWith("{");
}

function readFileSource(path: string): Source {
  let content: string;
  try {
    content = readFileSync(path, "utf8");
  } catch (cause) {
    throw new UserError(`the kubeconfig file ${path} cannot be read`, REMEDY, 1, { cause });
  }
  return { config: parseConfig(content, path), folder: dirname(path) };
}

function parseConfig(content: string, origin: string): JsonObject {
  let parsed: Json;
  try {
    parsed = parse(content) as Json;
  } catch {
    // The parser quotes what it stumbles over, and a kubeconfig is full of credentials.
    throw new UserError(`${origin} is not valid YAML`, REMEDY);
  }
  if (!isObject(parsed)) throw new UserError(`${origin} is not a kubeconfig`, REMEDY);
  return parsed;
}

function loadSources(kubeconfig: string | undefined, env: NodeJS.ProcessEnv): Source[] {
  if (kubeconfig !== undefined) {
    if (isContent(kubeconfig)) {
      return [{ config: parseConfig(kubeconfig, "the provider's kubeconfig"), folder: process.cwd() }];
    }
    return [readFileSource(resolve(kubeconfig.replace(/^~(?=\/)/, homedir())))];
  }
  const paths = (env["KUBECONFIG"] ?? "").split(delimiter).filter((path) => path !== "");
  const existing = (paths.length > 0 ? paths : [join(homedir(), ".kube", "config")]).filter((path) => existsSync(path));
  if (existing.length === 0) throw new UserError("no kubeconfig is given and none is found", REMEDY);
  return existing.map((path) => readFileSource(resolve(path)));
}

/** The named entry of a list, and the folder of the file that it stands in; the first file wins, as in kubectl. */
function named(
  sources: readonly Source[],
  section: string,
  name: string,
): { entry: JsonObject; folder: string } | null {
  for (const { config, folder } of sources) {
    const entry = list(config, section).find((item) => text(item, "name") === name);
    if (entry !== undefined) return { entry: object(entry), folder };
  }
  return null;
}

/**
 * Reads a kubeconfig down to the one cluster and user that the context names.
 *
 * @throws UserError when there is none, or it does not name a context, cluster or server
 */
export function loadAccess(
  options: {
    readonly kubeconfig?: string | undefined;
    readonly context?: string | undefined;
    readonly cluster?: string | undefined;
  },
  env: NodeJS.ProcessEnv = process.env,
): ClusterAccess {
  const sources = loadSources(options.kubeconfig, env);
  const current = sources.map(({ config }) => text(config, "current-context")).find((name) => name);
  const contextName = options.context ?? current ?? "";
  const context = named(sources, "contexts", contextName);
  if (context === null && (options.context !== undefined || options.cluster === undefined)) {
    const known = sources.flatMap(({ config }) => list(config, "contexts").map((item) => text(item, "name") ?? ""));
    throw new UserError(
      contextName === "" ? "the kubeconfig has no current context" : `the kubeconfig has no context "${contextName}"`,
      `Set the provider's context to one of: ${known.join(", ") || "(the kubeconfig has none)"}.`,
    );
  }
  const clusterName = options.cluster ?? text(context?.entry, "context", "cluster") ?? "";
  const cluster = named(sources, "clusters", clusterName);
  const server = text(cluster?.entry, "cluster", "server");
  if (cluster === null || server === undefined) {
    throw new UserError(`the kubeconfig has no cluster "${clusterName}" with a server`, REMEDY);
  }
  const userName = text(context?.entry, "context", "user");
  const user = userName === undefined ? null : named(sources, "users", userName);
  const fromCluster = material(object(cluster.entry, "cluster"), cluster.folder);
  const fromUser = material(object(user?.entry, "user"), user?.folder ?? process.cwd());
  const exec = object(user?.entry, "user", "exec");
  const tokenFile = text(user?.entry, "user", "tokenFile");
  return {
    server: server.replace(/\/+$/, ""),
    context: contextName,
    namespace: text(context?.entry, "context", "namespace"),
    ca: fromCluster("certificate-authority"),
    serverName: text(cluster.entry, "cluster", "tls-server-name"),
    skipVerify: object(cluster.entry, "cluster")["insecure-skip-tls-verify"] === true,
    certificate: fromUser("client-certificate"),
    key: fromUser("client-key"),
    token: text(user?.entry, "user", "token"),
    tokenFile: tokenFile === undefined ? undefined : resolve(user?.folder ?? "", tokenFile),
    username: text(user?.entry, "user", "username"),
    password: text(user?.entry, "user", "password"),
    exec: Object.keys(exec).length === 0 ? undefined : exec,
  };
}

/** PEM text of a field that is either `x-data` (base64) or `x` (a path, relative to its kubeconfig). */
function material(entry: JsonObject, folder: string): (field: string) => string | undefined {
  return (field) => {
    const data = text(entry, `${field}-data`);
    if (data !== undefined && data !== "") return Buffer.from(data, "base64").toString("utf8");
    const path = text(entry, field);
    if (path === undefined || path === "") return undefined;
    const file = resolve(folder, path);
    try {
      return readFileSync(file, "utf8");
    } catch (cause) {
      throw new UserError(`${file}, which the kubeconfig names as ${field}, cannot be read`, REMEDY, 1, { cause });
    }
  };
}

/** What makes two kubeconfigs lead to the same cluster: the active cluster's entry, as far as it can be read. */
export function activeCluster(args: JsonObject): JsonObject | undefined {
  const kubeconfig = isObject(args["kubeconfig"]) ? JSON.stringify(args["kubeconfig"]) : text(args, "kubeconfig");
  try {
    const access = loadAccess({
      kubeconfig: nonEmpty(kubeconfig),
      context: nonEmpty(text(args, "context")),
      cluster: nonEmpty(text(args, "cluster")),
    });
    return { server: access.server, ca: access.ca ?? "" };
  } catch {
    return undefined;
  }
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}
