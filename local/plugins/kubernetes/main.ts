/**
 * A stand-in for the official Kubernetes provider, for machines that cannot download it: Pulumi's plugin protocol on one
 * side, a real API server on the other. It imitates the official provider, of the version of @pulumi/kubernetes, but:
 * - an unknown field is an error (strict field validation); the official one lets it vanish;
 * - inputs are compared leaf by leaf with the recorded inputs: a wholly unknown `spec` replaces nothing. The official one
 *   takes an immutable field in it for changed, and replaces the object. Do not build on the difference;
 * - a Service that selects no pod is ready at once, and a CustomResourceDefinition once it is established;
 * - a cluster that cannot be reached fails the preview; an update that the server refuses leaves the state as it was;
 * - rendered manifests hold a marker in place of each secret; a Helm release is recorded, not installed;
 * - no Patch resources, no components (Construct), no client-side apply, no `List` call.
 */
import { createRequire } from "node:module";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { connectLog } from "./engine";
import { Provider } from "./provider";
import { providerService } from "./service";

/** The engine sends and takes messages of up to 400 MB (rpcutil.GrpcChannelOptions). */
const MESSAGE_BYTES = 400 * 1024 * 1024;

/** How often the plugin looks whether its engine still lives (milliseconds). */
const PARENT_CHECK = 1000;

function packageVersion(): string {
  const require = createRequire(__filename);
  const { version } = require("@pulumi/kubernetes/package.json") as { version: string };
  return version;
}

function main(engineAddress: string | undefined): void {
  if (engineAddress === undefined) {
    process.stderr.write("This is a plugin of the Pulumi engine, which starts it with its own address.\n");
    process.exitCode = 2;
    return;
  }
  const log = connectLog(engineAddress);
  const provider = new Provider(log);
  const server = new Server({
    "grpc.max_receive_message_length": MESSAGE_BYTES,
    "grpc.max_send_message_length": MESSAGE_BYTES,
  });
  server.addService(ResourceProviderService, providerService(provider, packageVersion()));
  server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) {
      process.stderr.write(`the plugin cannot listen on the loopback interface: ${error.message}\n`);
      process.exit(1);
    }
    process.stdout.write(`${port}\n`);
  });

  // The engine ends its plugins with an interrupt, and kills those that take too long: waits are cut short, their answers
  // still go out, and an idle plugin is gone at once.
  const end = () => {
    provider.cancel();
    server.tryShutdown(() => process.exit(0));
  };
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(1);
  }, PARENT_CHECK).unref();
}

main(process.argv.at(-1) === __filename ? undefined : process.argv.at(-1));
