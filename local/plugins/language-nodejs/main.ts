import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import { version } from "@pulumi/pulumi/version";

import { dieWithParent } from "../shared/lifeline";
import { servePlugin } from "../shared/serve";
import { languageHost } from "./service";

// Flags such as --tracing, -v=9 and --logtostderr come first; the engine's address is the only plain argument.
const engineAddress = process.argv.slice(2).find((argument) => /^[^-].*:\d+$/.test(argument)) ?? "";
const host = languageHost(version, engineAddress);
dieWithParent(() => {
  host.killAll();
});
void servePlugin((server) => {
  server.addService(LanguageRuntimeService, host.service);
});
