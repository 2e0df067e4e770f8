import * as grpc from "@grpc/grpc-js";

import type { ProviderDefinition } from "../shared/resource-kind";
import { RpcError } from "../shared/serve";
import { DOCKER_RESOURCES } from "./resources";

/** Records images in the state; no daemon and no registry is called. */
export function dockerProvider(version: string): ProviderDefinition<undefined> {
  return {
    name: "docker",
    version,
    checkConfig: () => [],
    configure: () => undefined,
    kind(type) {
      const kind = DOCKER_RESOURCES[type];
      if (kind === undefined) {
        throw new RpcError(
          grpc.status.INVALID_ARGUMENT,
          `${type} is not in the table of simulated Docker resources. Add it to local/plugins/docker/resources.ts with its computed outputs.`,
        );
      }
      return kind;
    },
    invoke(token) {
      throw new RpcError(
        grpc.status.INVALID_ARGUMENT,
        `${token} is not among the simulated Docker functions. Add it to local/plugins/docker/definition.ts with its result.`,
      );
    },
  };
}
