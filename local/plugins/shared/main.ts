import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";

import { dieWithParent } from "./lifeline";
import { providerService } from "./provider";
import type { ProviderDefinition } from "./resource-kind";
import { servePlugin } from "./serve";

/** Runs a provider as the plugin process that this is. */
export function serveProvider<Settings>(definition: ProviderDefinition<Settings>): void {
  dieWithParent();
  void servePlugin((server) => {
    server.addService(ResourceProviderService, providerService(definition));
  });
}
