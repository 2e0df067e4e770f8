import * as grpc from "@grpc/grpc-js";

import type { ProviderDefinition, ResourceKind } from "../shared/resource-kind";
import { RpcError } from "../shared/serve";
import { bytes, id, integer, uuid, uuidVersion7 } from "./numbers";
import { password, string } from "./strings";

const KINDS: Readonly<Record<string, ResourceKind<undefined>>> = {
  "random:index/randomBytes:RandomBytes": bytes,
  "random:index/randomId:RandomId": id,
  "random:index/randomInteger:RandomInteger": integer,
  "random:index/randomPassword:RandomPassword": password,
  "random:index/randomString:RandomString": string,
  "random:index/randomUuid:RandomUuid": uuid,
  "random:index/randomUuid4:RandomUuid4": uuid,
  "random:index/randomUuid7:RandomUuid7": uuidVersion7,
};

/** Real randomness from node:crypto; nothing is simulated but the official provider itself. */
export function randomProvider(version: string): ProviderDefinition<undefined> {
  return {
    name: "random",
    version,
    checkConfig: () => [],
    configure: () => undefined,
    kind(type) {
      const kind = KINDS[type];
      if (kind === undefined) {
        throw new RpcError(
          grpc.status.INVALID_ARGUMENT,
          `${type} is not offered by the stand-in of the random provider. Add it to local/plugins/random/definition.ts`,
        );
      }
      return kind;
    },
    invoke(token) {
      throw new RpcError(grpc.status.INVALID_ARGUMENT, `${token}: the random provider has no functions`);
    },
  };
}
