import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

/** Where a plugin tells the engine, and through it the person, what goes on. */
export interface Log {
  /** The current state of one resource; each line takes the place of the one before, and none is kept. */
  status(urn: string, message: string): void;
  info(urn: string, message: string): void;
  warning(urn: string, message: string): void;
}

/** Logs over the engine's gRPC service. A line that cannot be delivered is dropped: nobody is there to read it. */
export function connectLog(address: string): Log & { close(): void } {
  const client = new EngineClient(address, credentials.createInsecure());
  const send = (severity: LogSeverity, urn: string, message: string, ephemeral: boolean) => {
    const request = new LogRequest().setSeverity(severity).setUrn(urn).setMessage(message).setEphemeral(ephemeral);
    client.log(request, () => undefined);
  };
  return {
    status(urn, message) {
      send(LogSeverity.INFO, urn, message, true);
    },
    info(urn, message) {
      send(LogSeverity.INFO, urn, message, false);
    },
    warning(urn, message) {
      send(LogSeverity.WARNING, urn, message, false);
    },
    close() {
      client.close();
    },
  };
}
