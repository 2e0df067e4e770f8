import * as grpc from "@grpc/grpc-js";

import type { ProviderDefinition } from "../shared/resource-kind";
import { RpcError } from "../shared/serve";
import { awsFunction } from "./functions";
import { AWS_RESOURCES } from "./resources";
import { awsSettings, checkAwsConfig } from "./settings";
import type { AwsSettings } from "./settings";
import { awsKind } from "./table";

/** Records AWS resources in the state; no AWS API is called and no credentials are read. */
export function awsProvider(version: string): ProviderDefinition<AwsSettings> {
  return {
    name: "aws",
    version,
    checkConfig: checkAwsConfig,
    configure: awsSettings,
    kind(type) {
      const row = AWS_RESOURCES[type];
      if (row === undefined) {
        throw new RpcError(
          grpc.status.INVALID_ARGUMENT,
          `${type} is not in the table of simulated AWS resources. Add it to local/plugins/aws/resources.ts with its computed outputs.`,
        );
      }
      return awsKind(row);
    },
    invoke(token, args, settings) {
      const answer = awsFunction(token);
      if (answer === undefined) {
        throw new RpcError(
          grpc.status.INVALID_ARGUMENT,
          `${token} is not in the table of simulated AWS functions. Add it to local/plugins/aws/functions.ts with its result.`,
        );
      }
      return answer(args, settings);
    },
  };
}
