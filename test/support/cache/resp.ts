import { connect, type TLSSocket } from "node:tls";

/** What a server answers: text, a number, nothing, or a list. Errors are thrown. */
export type Reply = string | number | null | readonly Reply[];

/** An answer that begins with `-`, such as `NOREPLICAS Not enough good replicas to write.` */
class ReplyError extends Error {}

export interface RespOptions {
  readonly host: string;
  readonly port: number;
  readonly ca: string;
  readonly user: string;
  readonly password: string;
  /** How long an answer may take; then the connection is given up (milliseconds). */
  readonly patience: number;
}

interface Waiting {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** A connection that speaks the protocol of Redis over TLS: what the tests need and no more. */
export class RespClient {
  readonly #waiting: Waiting[] = [];
  #buffer = Buffer.alloc(0);
  #failed: Error | undefined;

  private constructor(
    readonly socket: TLSSocket,
    readonly patience: number,
  ) {
    socket.on("data", (chunk: Buffer) => {
      this.#buffer = Buffer.concat([this.#buffer, chunk]);
      this.#drain();
    });
    const end = (error?: Error) => {
      this.#fail(error ?? new Error("the connection was closed"));
    };
    socket.on("error", end);
    socket.on("close", () => {
      end();
    });
  }

  /** Connects and logs in. */
  static async open(options: RespOptions): Promise<RespClient> {
    const { host, port, ca, user, password, patience } = options;
    const socket = connect({ host, port, ca });
    socket.setNoDelay();
    const client = new RespClient(socket, patience);
    await client.send("AUTH", user, password);
    return client;
  }

  send(...command: readonly string[]): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.#failed !== undefined) {
        reject(this.#failed);
        return;
      }
      const timer = setTimeout(() => {
        this.#fail(new Error(`no answer within ${this.patience} ms`));
      }, this.patience);
      this.#waiting.push({ resolve, reject, timer });
      const parts = command.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`);
      this.socket.write(`*${command.length}\r\n${parts.join("")}`);
    });
  }

  close(): void {
    this.#fail(new Error("closed"));
  }

  #fail(error: Error): void {
    this.#failed ??= error;
    this.socket.destroy();
    for (const { reject, timer } of this.#waiting.splice(0)) {
      clearTimeout(timer);
      reject(error);
    }
  }

  #drain(): void {
    for (;;) {
      const parsed = parse(this.#buffer, 0);
      if (parsed === undefined) return;
      this.#buffer = this.#buffer.subarray(parsed.end);
      const next = this.#waiting.shift();
      if (next === undefined) continue;
      clearTimeout(next.timer);
      if (parsed.value instanceof ReplyError) next.reject(parsed.value);
      else next.resolve(parsed.value);
    }
  }
}

interface Parsed {
  readonly value: Reply | ReplyError;
  readonly end: number;
}

/** One reply at `start`; nothing as long as it is incomplete. */
function parse(buffer: Buffer, start: number): Parsed | undefined {
  const lineEnd = buffer.indexOf("\r\n", start);
  if (lineEnd < 0) return undefined;
  const line = buffer.toString("utf8", start + 1, lineEnd);
  const after = lineEnd + 2;
  switch (String.fromCharCode(buffer[start] ?? 0)) {
    case "+":
      return { value: line, end: after };
    case "-":
      return { value: new ReplyError(line), end: after };
    case ":":
      return { value: Number(line), end: after };
    case "$": {
      const length = Number(line);
      if (length < 0) return { value: null, end: after };
      if (buffer.length < after + length + 2) return undefined;
      return { value: buffer.toString("utf8", after, after + length), end: after + length + 2 };
    }
    case "*":
      return parseList(buffer, Number(line), after);
    default:
      throw new Error(`no reply of the protocol: ${line}`);
  }
}

function parseList(buffer: Buffer, length: number, start: number): Parsed | undefined {
  const values: Reply[] = [];
  let end = start;
  for (let index = 0; index < length; index += 1) {
    const item = parse(buffer, end);
    if (item === undefined) return undefined;
    values.push(item.value instanceof ReplyError ? item.value.message : item.value);
    end = item.end;
  }
  return { value: length < 0 ? null : values, end };
}
