import { request, type RequestOptions } from "node:https";
import { createRequire } from "node:module";
import type * as ClientNode from "@kubernetes/client-node";
import { z } from "zod";
import { ExitCode, UserError } from "../errors";
import { readSettings } from "./environment";
import { readIfThere } from "./files";
import { contextName } from "./kubeconfig";
import type { StateFolder } from "../state";

/** An API server that does not answer within this time is out of reach (milliseconds). */
const TIMEOUT = 4000;

export interface ClusterIdentity {
  /** The uid of the namespace kube-system. */
  readonly clusterId: string;
  readonly server: string;
}

const namespace = z.object({ metadata: z.object({ uid: z.string() }) });

/**
 * Asks a cluster who it is, before anything is changed on it: the engine's preview passes in silence when there is no cluster.
 *
 * @param context the context to use; a kubeconfig's current one is never taken unasked
 * @param expectedClusterId what {@link ClusterIdentity.clusterId} has to be; any cluster is right without it
 * @throws UserError within 5 seconds: out of reach, not let in, or another cluster, each with its own message
 */
export async function checkCluster(
  kubeconfig: string,
  context: string,
  expectedClusterId?: string,
): Promise<ClusterIdentity> {
  const config = load(kubeconfig, context);
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    throw new UserError(
      `The context ${context} in ${kubeconfig} names no cluster`,
      `choose another context: kubectl config get-contexts --kubeconfig ${kubeconfig}`,
      ExitCode.usage,
    );
  }
  const { server } = cluster;
  const where = `${server} (context ${context} of ${kubeconfig})`;
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const answer = await ask(`${server.replace(/\/$/, "")}/api/v1/namespaces/kube-system`, options).catch(
    (error: unknown) => {
      throw connectionFailure(error, where, context);
    },
  );
  if (answer.status === 401 || answer.status === 403) {
    throw new UserError(
      answer.status === 401
        ? `The API server at ${where} does not accept the credentials (401 Unauthorized)`
        : `The API server at ${where} does not let the credentials read the namespace kube-system (403 Forbidden)`,
      remedyFor(context, "log in again, or use a context with valid credentials"),
      ExitCode.refused,
    );
  }
  const parsed = answer.status === 200 ? namespace.safeParse(answer.body) : undefined;
  if (parsed?.success !== true) {
    throw new UserError(
      `What answers at ${where} is no Kubernetes API server (status ${answer.status})`,
      remedyFor(context, "correct the server's address in the kubeconfig"),
      ExitCode.refused,
    );
  }
  const clusterId = parsed.data.metadata.uid;
  if (expectedClusterId !== undefined && clusterId !== expectedClusterId) throw anotherCluster(where, context);
  return { clusterId, server };
}

/** {@link checkCluster} for the embedded cluster, which has to be the one that was made here. */
export async function checkEmbeddedCluster(state: StateFolder): Promise<ClusterIdentity> {
  const expected = readSettings(state)?.clusterId;
  if (expected === undefined || readIfThere(state.kubeconfig) === undefined) {
    throw new UserError("There is no embedded cluster yet", "npm run local -- up", ExitCode.refused);
  }
  return checkCluster(state.kubeconfig, contextName, expected);
}

function load(kubeconfig: string, context: string): ClientNode.KubeConfig {
  // Loaded when needed: it takes half a second, and the embedded cluster does without it.
  const { KubeConfig } = createRequire(__filename)("@kubernetes/client-node") as typeof ClientNode;
  const config = new KubeConfig();
  try {
    config.loadFromFile(kubeconfig);
  } catch (error) {
    throw new UserError(
      `The kubeconfig ${kubeconfig} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      "correct the path or the file",
      ExitCode.usage,
      { cause: error },
    );
  }
  if (config.getContextObject(context) === null) {
    const known = config.contexts.map(({ name }) => name).join(", ");
    throw new UserError(
      `${kubeconfig} has no context ${context}`,
      known === "" ? "use a kubeconfig with contexts" : `choose one of its contexts: ${known}`,
      ExitCode.usage,
    );
  }
  config.setCurrentContext(context);
  return config;
}

async function ask(url: string, options: RequestOptions): Promise<{ status: number; body: unknown }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { ...options, method: "GET", signal: AbortSignal.timeout(TIMEOUT) }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("error", reject);
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, body: parseJson(text) });
      });
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function connectionFailure(error: unknown, where: string, context: string): UserError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  // Who answers cannot prove to be the server that the kubeconfig's certificate authority vouches for.
  if (/CERT|SIGNATURE|ERR_TLS/.test(code)) return anotherCluster(where, context, error);
  const reasons: Readonly<Record<string, string>> = {
    ECONNREFUSED: "nothing listens there",
    ENOTFOUND: "its name is unknown",
    ABORT_ERR: `no answer within ${TIMEOUT / 1000} s`,
  };
  const reason = reasons[code] ?? (error instanceof Error ? error.message : String(error));
  return new UserError(
    `The API server at ${where} is out of reach: ${reason}`,
    remedyFor(context, "check that the cluster runs and that the network and VPN let you reach it"),
    ExitCode.refused,
    { cause: error },
  );
}

function anotherCluster(where: string, context: string, cause?: unknown): UserError {
  return new UserError(
    `Another cluster answers at ${where} than the one expected there`,
    remedyFor(context, "use the kubeconfig of the cluster that answers there, or correct the server's address"),
    ExitCode.refused,
    { cause },
  );
}

function remedyFor(context: string, general: string): string {
  return context === contextName ? "npm run local -- up" : general;
}
