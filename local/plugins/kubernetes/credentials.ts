import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { UserError } from "../../errors";
import type { ClusterAccess } from "./kubeconfig";
import { list, object, text, type Json, type JsonObject } from "./properties";

/** What a request proves its sender with. */
export interface Credentials {
  readonly authorization: string | undefined;
  readonly certificate: string | undefined;
  readonly key: string | undefined;
}

/** A credential program's answer is asked for again this long before it ends (milliseconds). */
const RENEW_EARLY = 60_000;

/** A credential program that is silent for this long is stuck, on a login page for instance (milliseconds). */
const EXEC_TIMEOUT = 60_000;

/**
 * Keeps the credentials of a kubeconfig's user, and renews those that a program hands out.
 * A token file is read at every request: the kubelet and other agents rotate it in place.
 */
export class CredentialSource {
  private issued: { readonly credentials: Promise<Credentials>; expires: number } | undefined;

  constructor(private readonly access: ClusterAccess) {}

  async current(): Promise<Credentials> {
    const { access } = this;
    if (access.exec !== undefined) return this.fromProgram(access.exec);
    const token = access.tokenFile === undefined ? access.token : readFileSync(access.tokenFile, "utf8").trim();
    const basic = access.username === undefined ? undefined : `${access.username}:${access.password ?? ""}`;
    return {
      authorization:
        token !== undefined
          ? `Bearer ${token}`
          : basic === undefined
            ? undefined
            : `Basic ${Buffer.from(basic).toString("base64")}`,
      certificate: access.certificate,
      key: access.key,
    };
  }

  /** Forgets what a program handed out, after the server refused it. */
  invalidate(): void {
    this.issued = undefined;
  }

  private async fromProgram(exec: JsonObject): Promise<Credentials> {
    if (this.issued !== undefined && Date.now() < this.issued.expires - RENEW_EARLY) return this.issued.credentials;
    const issued = { credentials: Promise.resolve<Credentials>(NONE), expires: Number.POSITIVE_INFINITY };
    issued.credentials = runProgram(exec, this.access).then(({ credentials, expires }) => {
      issued.expires = expires;
      return credentials;
    });
    this.issued = issued;
    issued.credentials.catch(() => {
      this.invalidate();
    });
    return issued.credentials;
  }
}

const NONE: Credentials = { authorization: undefined, certificate: undefined, key: undefined };

async function runProgram(exec: JsonObject, access: ClusterAccess) {
  const command = text(exec, "command") ?? "";
  const args = list(exec, "args").filter((item) => typeof item === "string");
  const env = Object.fromEntries(
    list(exec, "env").map((item) => [text(item, "name") ?? "", text(item, "value") ?? ""]),
  );
  const request = {
    apiVersion: text(exec, "apiVersion") ?? "client.authentication.k8s.io/v1",
    kind: "ExecCredential",
    spec: {
      interactive: false,
      ...(exec["provideClusterInfo"] === true ? { cluster: { server: access.server } } : {}),
    },
  };
  const output = await new Promise<string>((resolve, reject) => {
    const child = spawn(command, args, {
      env: { ...process.env, ...env, KUBERNETES_EXEC_INFO: JSON.stringify(request) },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: EXEC_TIMEOUT,
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
    child.on("error", () => {
      reject(
        new UserError(
          `the kubeconfig's credential program ${command} cannot be started`,
          text(exec, "installHint") ?? "Install it, or use a kubeconfig with other credentials.",
        ),
      );
    });
    child.on("close", (code) => {
      if (code === 0) resolve(stdout);
      else {
        const why = stderr.trim().split("\n").at(-1) ?? "";
        reject(new UserError(`the kubeconfig's credential program ${command} failed: ${why}`, "Log in again with it."));
      }
    });
  });
  let answer: Json;
  try {
    answer = JSON.parse(output) as Json;
  } catch {
    // Not quoted: it may hold a token.
    throw new UserError(`the kubeconfig's credential program ${command} printed no JSON`, "Run it by hand and look.");
  }
  const status = object(answer, "status");
  const token = text(status, "token");
  const expiry = text(status, "expirationTimestamp");
  return {
    credentials: {
      authorization: token === undefined ? undefined : `Bearer ${token}`,
      certificate: text(status, "clientCertificateData") ?? access.certificate,
      key: text(status, "clientKeyData") ?? access.key,
    },
    expires: expiry === undefined ? Number.POSITIVE_INFINITY : Date.parse(expiry),
  };
}
