import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest, type AgentOptions } from "node:https";
import { isIPv4 } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { ApiError, connectionError, errorCode, unauthorised } from "./api-error";
import { CredentialSource } from "./credentials";
import type { ClusterAccess } from "./kubeconfig";
import type { Json, JsonObject } from "./properties";

export interface Request {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: Json;
  /** @default `application/json` */
  readonly contentType?: string;
}

export interface Response {
  readonly body: Json;
  /** The texts of the server's Warning headers. */
  readonly warnings: readonly string[];
}

/** Connections at once to one API server. */
const CONNECTIONS = 16;

/** Silence after which a request is given up (milliseconds); the API server's own limit for a request is 60 s. */
const REQUEST_TIMEOUT = 70_000;

/** How often a request is sent again after the server asked for patience (429) or the connection broke. */
const RETRIES = 5;

/** A keep-alive HTTP client of one API server. */
export class Client {
  private readonly credentials: CredentialSource;
  private readonly agent: HttpAgent | HttpsAgent;
  private readonly base: URL;

  constructor(private readonly access: ClusterAccess) {
    this.credentials = new CredentialSource(access);
    this.base = new URL(`${access.server}/`);
    const options: AgentOptions & { proxyEnv?: NodeJS.ProcessEnv } = { keepAlive: true, maxSockets: CONNECTIONS };
    // A proxy of the environment never serves this machine's own addresses, whatever NO_PROXY says.
    if (!isLoopback(this.base.hostname)) options.proxyEnv = process.env;
    this.agent = this.base.protocol === "https:" ? new HttpsAgent(options) : new HttpAgent(options);
  }

  get server(): string {
    return this.access.server;
  }

  /**
   * Sends a request and returns the parsed answer.
   *
   * @throws ApiError when the server refuses it; ConnectionError when there is no (such) server, or it does not know us
   */
  async send(request: Request): Promise<Response> {
    for (let attempt = 0; ; attempt++) {
      let answer: { status: number; body: Json; warnings: readonly string[] };
      try {
        answer = await this.once(request);
      } catch (error) {
        const broken = ["ECONNRESET", "EPIPE"].includes(errorCode(error));
        // A POST may have been carried out before the connection broke; everything else may be repeated.
        if (broken && request.method !== "POST" && attempt < RETRIES) {
          await sleep(100 * 2 ** attempt);
          continue;
        }
        throw connectionError(error, this.access.server, this.access.context);
      }
      if (answer.status < 400) return answer;
      const error = new ApiError(answer.status, answer.body);
      if (answer.status === 401) {
        this.credentials.invalidate();
        if (this.access.exec !== undefined && attempt === 0) continue;
        throw unauthorised(this.access.server, this.access.context);
      }
      if (answer.status === 403 && error.message.includes('User "system:anonymous"')) {
        throw unauthorised(this.access.server, this.access.context);
      }
      if (answer.status !== 429 || attempt >= RETRIES) throw error;
      await sleep(1000 * Math.min(ApiError.retryAfter(answer.body) ?? 1, 10));
    }
  }

  close(): void {
    this.agent.destroy();
  }

  private async once(request: Request): Promise<{ status: number; body: Json; warnings: readonly string[] }> {
    const { authorization, certificate, key } = await this.credentials.current();
    const url = new URL(request.path.replace(/^\//, ""), this.base);
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, value);
    }
    const body = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body), "utf8");
    const headers: Record<string, string | number> = { accept: "application/json" };
    if (authorization !== undefined) headers["authorization"] = authorization;
    if (body !== undefined) {
      headers["content-type"] = request.contentType ?? "application/json";
      headers["content-length"] = body.length;
    }
    const tls = {
      ca: this.access.ca,
      cert: certificate,
      key,
      servername: this.access.serverName,
      rejectUnauthorized: !this.access.skipVerify,
    };
    const { incoming, content } = await new Promise<{ incoming: IncomingMessage; content: Buffer }>(
      (resolve, reject) => {
        const options = { method: request.method, headers, agent: this.agent, timeout: REQUEST_TIMEOUT };
        const send = this.base.protocol === "https:" ? httpsRequest : httpRequest;
        const outgoing = send(url, { ...options, ...withoutUndefined(tls) }, (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
          incoming.on("error", reject);
          incoming.on("end", () => {
            resolve({ incoming, content: Buffer.concat(chunks) });
          });
        });
        outgoing.on("error", reject);
        outgoing.on("timeout", () => {
          outgoing.destroy(Object.assign(new Error("no answer"), { code: "ETIMEDOUT" }));
        });
        outgoing.end(body);
      },
    );
    return {
      status: incoming.statusCode ?? 0,
      body: parseBody(content.toString("utf8")),
      warnings: parseWarnings(incoming.headers.warning),
    };
  }
}

function withoutUndefined(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function parseBody(content: string): Json {
  try {
    return JSON.parse(content) as Json;
  } catch {
    const plainText: JsonObject = { message: content.trim().slice(0, 500) };
    return plainText;
  }
}

/** The texts of `299 - "text"` headers; several come joined by commas. */
export function parseWarnings(header: string | string[] | undefined): string[] {
  const joined = Array.isArray(header) ? header.join(", ") : (header ?? "");
  return [...joined.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, message = ""]) =>
    message.replace(/\\(.)/g, "$1"),
  );
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || (isIPv4(host) && host.startsWith("127."));
}
