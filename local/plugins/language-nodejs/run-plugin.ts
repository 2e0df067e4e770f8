import * as grpc from "@grpc/grpc-js";
import { RunPluginResponse } from "@pulumi/pulumi/proto/language_pb";
import type { RunPluginRequest } from "@pulumi/pulumi/proto/language_pb";

import { spawnGuarded } from "../shared/guarded-child";
import type { GuardedChild } from "../shared/guarded-child";
import { RpcError, fail } from "../shared/serve";
import { nodeOptions } from "./options";
import { locateSdkModule } from "./program";

type RunPluginCall = grpc.ServerWritableStream<RunPluginRequest, RunPluginResponse>;

/**
 * Runs a policy pack (kind `analyzer`) or a provider written in TypeScript as a child process and streams what it prints.
 *
 * A policy pack runs in its own folder, because PolicyPack reads package.json there, and gets that folder as its last
 * argument; another plugin gets its folder first and runs where the engine says.
 *
 * @throws RpcError when the SDK is not installed for the plugin
 */
export function startPlugin(call: RunPluginCall): GuardedChild {
  const request = call.request;
  const info = request.getInfo();
  const folder = info?.getProgramDirectory() ?? "";
  const analyzer = request.getKind() === "analyzer";
  const module = `@pulumi/pulumi/cmd/${analyzer ? "run-policy-pack" : "run-plugin"}`;
  const run = locateSdkModule(module, folder);
  if (run === undefined) {
    throw new RpcError(
      grpc.status.FAILED_PRECONDITION,
      `${folder}: @pulumi/pulumi is not installed for this ${analyzer ? "policy pack" : "plugin"}. Run npm install there`,
    );
  }
  const options = nodeOptions(info);
  const args = request.getArgsList();
  const child = spawnGuarded(
    process.execPath,
    [...options.nodeargs, run, ...(analyzer ? [...args, folder] : [folder, ...args])],
    {
      cwd: analyzer ? folder : request.getPwd(),
      env: {
        ...Object.fromEntries(request.getEnvList().map(assignment)),
        ...(options.typescript ? { PULUMI_NODEJS_TYPESCRIPT: "true" } : {}),
        ...(options.tsconfig === undefined ? {} : { PULUMI_NODEJS_TSCONFIG_PATH: options.tsconfig }),
      },
    },
  );
  stream(call, child);
  return child;
}

function assignment(pair: string): [string, string] {
  const at = pair.indexOf("=");
  return [pair.slice(0, at), pair.slice(at + 1)];
}

function stream(call: RunPluginCall, child: GuardedChild): void {
  child.stdout.on("data", (chunk: Buffer) => call.write(new RunPluginResponse().setStdout(chunk)));
  child.stderr.on("data", (chunk: Buffer) => call.write(new RunPluginResponse().setStderr(chunk)));
  // The engine ends a plugin by cancelling this call; there is nobody left to be polite to.
  call.on("cancelled", () => {
    child.kill();
  });
  child.exit.then(
    ({ code }) => {
      call.write(new RunPluginResponse().setExitcode(code ?? 1));
      call.end();
    },
    (error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      fail(call, new RpcError(grpc.status.INTERNAL, `could not start ${process.execPath}: ${reason}`));
    },
  );
}
