import { Agent, request } from "node:https";
import { z } from "zod";

/** How this module identifies what it applies (server-side apply's field manager). */
const fieldManager = "local-environment";

/** One request may take this long (milliseconds): an API server that is this slow is not healthy. */
const REQUEST_TIMEOUT = 30_000;

export interface ApiAccess {
  /** Such as `https://127.0.0.1:20000`. */
  readonly server: string;
  /** Certificate authority and client certificate in PEM. */
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/** The API server answered, and refused. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = "ApiError";
    this.status = status;
  }
}

interface Call {
  readonly body?: string;
  readonly contentType?: string;
  readonly signal?: AbortSignal | undefined;
  /** @default 30 seconds (in milliseconds) */
  readonly timeout?: number;
}

const statusObject = z.object({ message: z.string() });

/**
 * Requests to our own API server (and, with the same certificates' rules, to etcd). Plain HTTPS: the official client takes
 * half a second to load, which is a third of what a start with everything running may take.
 */
export class Api {
  readonly #access: ApiAccess;
  readonly #agent: Agent;

  constructor(access: ApiAccess) {
    this.#access = access;
    this.#agent = new Agent({
      keepAlive: true,
      maxSockets: 8,
      ca: access.ca,
      cert: access.certificate,
      key: access.key,
    });
  }

  close(): void {
    this.#agent.destroy();
  }

  /**
   * The response's text.
   *
   * @throws ApiError for a status of 300 and above; the connection's own error otherwise
   */
  async call(method: string, path: string, options: Call = {}): Promise<string> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        `${this.#access.server}${path}`,
        {
          method,
          agent: this.#agent,
          timeout: options.timeout ?? REQUEST_TIMEOUT,
          ...(options.signal === undefined ? {} : { signal: options.signal }),
          ...(options.body === undefined
            ? {}
            : {
                headers: {
                  "content-type": options.contentType ?? "application/json",
                  "content-length": Buffer.byteLength(options.body),
                },
              }),
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("error", reject);
          response.on("end", () => {
            const text = Buffer.concat(chunks).toString();
            const status = response.statusCode ?? 0;
            if (status < 300) resolve(text);
            else reject(new ApiError(status, messageOf(text)));
          });
        },
      );
      outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer in time to ${method} ${path}`)));
      outgoing.on("error", reject);
      outgoing.end(options.body);
    });
  }

  async get<T>(path: string, schema: z.ZodType<T>, signal?: AbortSignal): Promise<T> {
    return schema.parse(JSON.parse(await this.call("GET", path, { signal })));
  }

  /** Like {@link get}; undefined when there is no such object. */
  async find<T>(path: string, schema: z.ZodType<T>, signal?: AbortSignal): Promise<T | undefined> {
    try {
      return await this.get(path, schema, signal);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** Server-side apply: creates or updates what `manifest` names, whoever changed it since. */
  async apply(path: string, manifest: string | object, signal?: AbortSignal): Promise<void> {
    await this.call("PATCH", `${path}?fieldManager=${fieldManager}&force=true`, {
      body: typeof manifest === "string" ? manifest : JSON.stringify(manifest),
      contentType: "application/apply-patch+yaml",
      signal,
    });
  }

  /** Deletes an object that may be gone already. */
  async remove(path: string, signal?: AbortSignal): Promise<void> {
    try {
      await this.call("DELETE", path, { signal });
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
    }
  }
}

function messageOf(text: string): string {
  try {
    const parsed = statusObject.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data.message : text;
  } catch {
    return text;
  }
}
