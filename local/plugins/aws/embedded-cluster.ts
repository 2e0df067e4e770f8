import { readFile } from "node:fs/promises";
import { request } from "node:https";

import { stateFolder } from "../../state";

/** The embedded API server, as its administrator reaches it. */
export interface EmbeddedCluster {
  readonly server: string;
  /** PEM in base64, as kubeconfigs carry it. */
  readonly certificateAuthority: string;
  readonly certificate: string;
  readonly key: string;
}

/** How long to wait for the API server, in milliseconds: it is on this machine. */
const REQUEST_LIMIT_MS = 10_000;

const NAMESPACE = "kube-system";
const ACCOUNT_NAME = "eks-cluster-auth";

/** A token lives as long as an EKS one is usable in practice: one run of the engine, in seconds. */
const TOKEN_SECONDS = 3600;

function member(value: unknown, ...path: readonly (string | number)[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== "object" || current === null) return undefined;
    current = new Map(Object.entries(current)).get(String(key));
  }
  return current;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** What the state folder's kubeconfig leads to; undefined when no environment has been set up there. */
export async function embeddedCluster(
  kubeconfig: string = stateFolder().kubeconfig,
): Promise<EmbeddedCluster | undefined> {
  let content: string;
  try {
    content = await readFile(kubeconfig, "utf8");
  } catch {
    return undefined;
  }
  const { parse } = await import("yaml");
  const config: unknown = parse(content);
  const cluster = member(config, "clusters", 0, "cluster");
  const user = member(config, "users", 0, "user");
  const server = text(member(cluster, "server"));
  if (server === "") return undefined;
  return {
    server,
    certificateAuthority: await dataOrFile(cluster, "certificate-authority"),
    certificate: await dataOrFile(user, "client-certificate"),
    key: await dataOrFile(user, "client-key"),
  };
}

/** A kubeconfig carries a certificate as base64 data or names a file. */
async function dataOrFile(section: unknown, name: string): Promise<string> {
  const data = text(member(section, `${name}-data`));
  const file = text(member(section, name));
  return data !== "" || file === "" ? data : (await readFile(file)).toString("base64");
}

/**
 * A token with which a kubeconfig made of an EKS cluster's outputs works against the embedded API server: it belongs to
 * a service account that may do everything, as the creator of an EKS cluster may.
 *
 * @returns undefined when no API server answers: the environment is down
 * @throws Error when it refuses
 */
export async function mintToken(cluster: EmbeddedCluster): Promise<string | undefined> {
  try {
    return await requestToken(cluster);
  } catch (error) {
    if (error instanceof Unreachable) return undefined;
    throw error;
  }
}

class Unreachable extends Error {}

async function requestToken(cluster: EmbeddedCluster): Promise<string> {
  const accounts = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`;
  await create(cluster, accounts, { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: ACCOUNT_NAME } });
  await create(cluster, "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: ACCOUNT_NAME },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
    subjects: [{ kind: "ServiceAccount", name: ACCOUNT_NAME, namespace: NAMESPACE }],
  });
  const answer = await post(cluster, `${accounts}/${ACCOUNT_NAME}/token`, {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: { expirationSeconds: TOKEN_SECONDS },
  });
  const token = text(member(answer.body, "status", "token"));
  if (token === "") throw refusal(cluster, answer);
  return token;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Creates an object unless it is there. */
async function create(cluster: EmbeddedCluster, path: string, object: unknown): Promise<void> {
  const answer = await post(cluster, path, object);
  if (answer.status >= 300 && answer.status !== 409) throw refusal(cluster, answer);
}

function refusal({ server }: EmbeddedCluster, { status, body }: Answer): Error {
  return new Error(`the embedded API server ${server} gave no token: HTTP ${status} ${text(member(body, "message"))}`);
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return { message: content };
  }
}

async function post(cluster: EmbeddedCluster, path: string, object: unknown): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request(
      new URL(path, cluster.server),
      {
        method: "POST",
        headers: { "content-type": "application/json" },
        ca: Buffer.from(cluster.certificateAuthority, "base64"),
        cert: Buffer.from(cluster.certificate, "base64"),
        key: Buffer.from(cluster.key, "base64"),
        timeout: REQUEST_LIMIT_MS,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          resolve({ status: response.statusCode ?? 0, body: parseJson(Buffer.concat(chunks).toString()) });
        });
      },
    );
    call.on("timeout", () => call.destroy(new Error(`no answer within ${REQUEST_LIMIT_MS / 1000} s`)));
    call.on("error", (error) => {
      reject(new Unreachable(`the embedded API server ${cluster.server} does not answer: ${error.message}`));
    });
    call.end(JSON.stringify(object));
  });
}
