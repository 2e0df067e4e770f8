import * as grpc from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { ILanguageRuntimeServer } from "@pulumi/pulumi/proto/language_grpc_pb";
import {
  AboutResponse,
  DependencyInfo,
  GetProgramDependenciesResponse,
  GetRequiredPackagesResponse,
  InstallDependenciesResponse,
  LanguageHandshakeResponse,
  RunResponse,
  RuntimeOptionsResponse,
} from "@pulumi/pulumi/proto/language_pb";
import { PackageDependency, PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";

import type { GuardedChild } from "../shared/guarded-child";
import { RpcError, asStatus, fail, unary, unimplemented } from "../shared/serve";
import { programDependencies, requiredPlugins } from "./packages";
import { startProgram } from "./program";
import { startPlugin } from "./run-plugin";

/** The language host's service, and what has to be ended with it. */
export interface LanguageHost {
  readonly service: ILanguageRuntimeServer;
  /** Kills every program and policy pack that still runs. */
  killAll(): void;
}

const SDK_MISSING = "It looks like the Pulumi SDK has not been installed. Have you run npm install?";

/** The protocol of `pulumi-language-nodejs`, as far as the commands of this repository use it. */
export function languageHost(version: string, initialEngineAddress: string): LanguageHost {
  let engineAddress = initialEngineAddress;
  const running = new Set<GuardedChild>();
  const track = (child: GuardedChild) => {
    running.add(child);
    const forget = () => running.delete(child);
    child.exit.then(forget, forget);
  };
  const service: ILanguageRuntimeServer = {
    handshake: unary((request) => {
      engineAddress = request.getEngineAddress();
      return new LanguageHandshakeResponse();
    }),
    getPluginInfo: unary(() => new PluginInfo().setVersion(version)),
    getRequiredPackages: unary((request) => {
      const folder = request.getInfo()?.getProgramDirectory() ?? process.cwd();
      const packages = requiredPlugins(folder).map((plugin) =>
        new PackageDependency()
          .setKind("resource")
          .setName(plugin.name)
          .setVersion(plugin.version)
          .setServer(plugin.server),
      );
      return new GetRequiredPackagesResponse().setPackagesList(packages);
    }),
    // Superseded by getRequiredPackages; the engine asks for it only where that one is missing.
    getRequiredPlugins: unimplemented("GetRequiredPlugins"),
    getProgramDependencies: unary((request) => {
      const folder = request.getInfo()?.getProgramDirectory() ?? process.cwd();
      const dependencies = programDependencies(folder, request.getTransitivedependencies());
      return new GetProgramDependenciesResponse().setDependenciesList(
        dependencies.map(({ name, version: installed }) => new DependencyInfo().setName(name).setVersion(installed)),
      );
    }),
    run: unary(async (request, call) => {
      if (request.getAttachDebugger()) {
        return new RunResponse().setError(
          "this language host cannot attach a debugger. Set runtime.options.nodeargs: --inspect-brk in Pulumi.yaml",
        );
      }
      const program = startProgram(request, engineAddress);
      if (program === undefined) return new RunResponse().setError(SDK_MISSING);
      track(program.child);
      call.on("cancelled", () => {
        program.child.interrupt();
      });
      return program.response;
    }),
    runPlugin(call) {
      try {
        track(startPlugin(call));
      } catch (error) {
        fail(call, asStatus(error));
      }
    },
    installDependencies(call) {
      // Installing is `npm install`'s work; saying that it was done here would be a lie.
      call.write(
        new InstallDependenciesResponse().setStderr(
          Buffer.from("This language host installs nothing: run npm install in the project's folder.\n"),
        ),
      );
      fail(
        call,
        new RpcError(grpc.status.UNIMPLEMENTED, "dependencies are installed by npm install, not by this language host"),
      );
    },
    runtimeOptionsPrompts: unary(() => new RuntimeOptionsResponse()),
    about: unary(() => new AboutResponse().setExecutable(process.execPath).setVersion(process.version)),
    cancel: unary(() => {
      for (const child of running) child.interrupt();
      return new Empty();
    }),
    template: unimplemented("Template"),
    generateProgram: unimplemented("GenerateProgram"),
    generateProject: unimplemented("GenerateProject"),
    generatePackage: unimplemented("GeneratePackage"),
    pack: unimplemented("Pack"),
    link: unimplemented("Link"),
  };
  return {
    service,
    killAll() {
      for (const child of running) child.kill();
    },
  };
}
