import * as grpc from "@grpc/grpc-js";

/** What the engine itself allows: states and policy inputs of large stacks are far beyond gRPC's 4 MB. */
const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;

/** A gRPC status for an expected failure; its message reaches the user as it is. */
export class RpcError extends Error implements Partial<grpc.StatusObject> {
  readonly code: grpc.status;
  readonly details: string;

  constructor(code: grpc.status, details: string) {
    super(details);
    this.name = "RpcError";
    this.code = code;
    this.details = details;
  }
}

/** Serves one of the engine's plugin services on loopback and prints the port, which is how the engine finds it. */
export async function servePlugin(
  add: (server: grpc.Server) => void,
  announce: (line: string) => void = (line) => process.stdout.write(line),
): Promise<grpc.Server> {
  const server = new grpc.Server({
    "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
    "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
  });
  add(server);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  announce(`${port}\n`);
  return server;
}

/** A unary method from an async function: what it throws becomes the call's status. */
export function unary<Request, Response>(
  handle: (request: Request, call: grpc.ServerUnaryCall<Request, Response>) => Promise<Response> | Response,
): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    void (async () => {
      try {
        callback(null, await handle(call.request, call));
      } catch (error) {
        callback(asStatus(error));
      }
    })();
  };
}

/** A unary method that this plugin does not have. */
export function unimplemented(method: string): (call: unknown, callback: (status: RpcError) => void) => void {
  return (_call, callback) => {
    callback(new RpcError(grpc.status.UNIMPLEMENTED, `${method} is not implemented by this stand-in`));
  };
}

/** Ends a streaming call with a status; `destroy` would close it without one, and the engine would wait for ever. */
export function fail(call: { emit(event: "error", status: RpcError): boolean }, status: RpcError): void {
  call.emit("error", status);
}

/** An unexpected error keeps its stack: it is a defect of ours. */
export function asStatus(error: unknown): RpcError {
  if (error instanceof RpcError) return error;
  return new RpcError(
    grpc.status.UNKNOWN,
    error instanceof Error ? (error.stack ?? error.message) : `unexpected failure: ${String(error)}`,
  );
}
