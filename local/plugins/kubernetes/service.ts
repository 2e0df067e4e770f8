import {
  Metadata,
  status as Code,
  type sendUnaryData,
  type ServerUnaryCall,
  type ServiceError,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Autonaming } from "./auto-name";
import { diffSettings } from "./config-diff";
import { formatPath, type Change, type Diff } from "./diff";
import { InitFailure } from "./outcome";
import { fromStruct, plainObject, toStruct, type JsonObject } from "./properties";
import type { Provider } from "./provider";
import { checkSettings } from "./settings";

/** The plugin protocol over a provider: decodes requests, encodes answers and failures. */
export function providerService(provider: Provider, version: string): UntypedServiceImplementation {
  return {
    handshake: unary(() =>
      Promise.resolve(
        new rpc.ProviderHandshakeResponse().setAcceptSecrets(true).setSupportsAutonamingConfiguration(true),
      ),
    ),
    attach: unary(() => Promise.resolve(new Empty())),
    getPluginInfo: unary(() => Promise.resolve(new PluginInfo().setVersion(version))),
    getSchema: unary(() => Promise.resolve(new rpc.GetSchemaResponse().setSchema(schema(version)))),
    checkConfig: unary((request: rpc.CheckRequest) => {
      const response = new rpc.CheckResponse().setInputs(request.getNews());
      response.setFailuresList(checkSettings(plainObject(fromStruct(request.getNews()))).map(failure));
      return Promise.resolve(response);
    }),
    diffConfig: unary((request: rpc.DiffRequest) => {
      const news = plainObject(fromStruct(request.getNews()));
      // Old inputs are what to compare with; an engine that does not send them has them as the state.
      const olds = plainObject(fromStruct(request.getOldInputs() ?? request.getOlds()));
      const { diffs, replaces } = diffSettings(olds, news);
      return Promise.resolve(
        new rpc.DiffResponse()
          .setChanges(changesOf(diffs.length))
          .setDiffsList([...diffs])
          .setReplacesList([...replaces]),
      );
    }),
    configure: unary((request: rpc.ConfigureRequest) => {
      provider.configure(settingsOf(request));
      return Promise.resolve(
        new rpc.ConfigureResponse()
          .setAcceptsecrets(true)
          .setSupportspreview(true)
          .setSupportsAutonamingConfiguration(true),
      );
    }),
    invoke: unary(async (request: rpc.InvokeRequest) => {
      const result = await provider.invoke(request.getTok(), plainObject(fromStruct(request.getArgs())));
      return new rpc.InvokeResponse().setReturn(toStruct(result));
    }),
    check: unary(async (request: rpc.CheckRequest) => {
      const olds = fromStruct(request.getOlds());
      const { inputs, failures } = await provider.check({
        urn: request.getUrn(),
        olds: Object.keys(olds).length === 0 ? undefined : olds,
        news: fromStruct(request.getNews()),
        seed: request.getRandomseed_asU8(),
        autonaming: autonamingOf(request),
      });
      return new rpc.CheckResponse().setInputs(toStruct(inputs)).setFailuresList(failures.map(failure));
    }),
    diff: unary((request: rpc.DiffRequest) => {
      const news = fromStruct(request.getNews());
      const ignored = request.getIgnorechangesList();
      return Promise.resolve(
        diffResponse(provider.diff(request.getUrn(), fromStruct(request.getOlds()), news, ignored)),
      );
    }),
    create: unary(async (request: rpc.CreateRequest) => {
      const { id, properties } = await provider.create({
        urn: request.getUrn(),
        inputs: fromStruct(request.getProperties()),
        preview: request.getPreview(),
        timeout: request.getTimeout(),
      });
      return new rpc.CreateResponse().setId(id).setProperties(toStruct(properties));
    }),
    read: unary(async (request: rpc.ReadRequest) => {
      const found = await provider.read({
        urn: request.getUrn(),
        id: request.getId(),
        state: fromStruct(request.getProperties()),
        inputs: fromStruct(request.getInputs()),
      });
      if (found === undefined) return new rpc.ReadResponse();
      const { id, properties, inputs } = found;
      return new rpc.ReadResponse().setId(id).setProperties(toStruct(properties)).setInputs(toStruct(inputs));
    }),
    update: unary(async (request: rpc.UpdateRequest) => {
      const { properties } = await provider.update({
        urn: request.getUrn(),
        id: request.getId(),
        olds: fromStruct(request.getOlds()),
        inputs: fromStruct(request.getNews()),
        preview: request.getPreview(),
        timeout: request.getTimeout(),
        ignoreChanges: request.getIgnorechangesList(),
      });
      return new rpc.UpdateResponse().setProperties(toStruct(properties));
    }),
    delete: unary(async (request: rpc.DeleteRequest) => {
      await provider.delete({
        urn: request.getUrn(),
        id: request.getId(),
        state: fromStruct(request.getProperties()),
        timeout: request.getTimeout(),
      });
      return new Empty();
    }),
    cancel: unary(() => {
      provider.cancel();
      return Promise.resolve(new Empty());
    }),
    call: refused("provider methods"),
    construct: refused(
      "components of the Kubernetes package (ConfigGroup, ConfigFile, Chart and Directory of v2 and v4)",
    ),
    parameterize: refused("packages made from CustomResourceDefinitions"),
    getMapping: unary(() => Promise.resolve(new rpc.GetMappingResponse())),
    getMappings: unary(() => Promise.resolve(new rpc.GetMappingsResponse())),
    list: (call: { emit(event: "error", error: Partial<ServiceError>): void }) => {
      call.emit("error", { code: Code.UNIMPLEMENTED, details: "the stand-in provider lists no resources" });
    },
  };
}

type Handler<Request, Response> = (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>) => void;

function unary<Request, Response>(work: (request: Request) => Promise<Response>): Handler<Request, Response> {
  return (call, callback) => {
    // The work may also throw before it returns its promise.
    Promise.resolve()
      .then(() => work(call.request))
      .then(
        (response) => {
          callback(null, response);
        },
        (error: unknown) => {
          callback(serviceError(error));
        },
      );
  };
}

function refused(what: string): Handler<unknown, never> {
  return (_call, callback) => {
    callback({ code: Code.UNIMPLEMENTED, details: `${what} are not supported by the stand-in provider` });
  };
}

/** A failure as the engine reads it: an object that is not ready comes with its state, which the engine then keeps. */
function serviceError(error: unknown): Partial<ServiceError> {
  const message = error instanceof Error ? error.message : String(error);
  const remedy = error instanceof Error && "remedy" in error ? `\n${String(error.remedy)}` : "";
  if (!(error instanceof InitFailure)) return { code: Code.UNKNOWN, details: `${message}${remedy}` };
  const detail = new rpc.ErrorResourceInitFailed()
    .setId(error.id)
    .setProperties(toStruct(error.properties))
    .setReasonsList([...error.reasons])
    .setInputs(error.inputs === undefined ? undefined : toStruct(error.inputs));
  const packed = new Any();
  packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new Status().setCode(Code.UNKNOWN).setMessage(message).setDetailsList([packed]);
  const metadata = new Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return { code: Code.UNKNOWN, details: message, metadata };
}

function failure({ property, reason }: { readonly property: string; readonly reason: string }): rpc.CheckFailure {
  return new rpc.CheckFailure().setProperty(property).setReason(reason);
}

function changesOf(changes: number): rpc.DiffResponse.DiffChanges {
  return changes === 0 ? rpc.DiffResponse.DiffChanges.DIFF_NONE : rpc.DiffResponse.DiffChanges.DIFF_SOME;
}

function kindOf(change: Change): rpc.PropertyDiff.Kind {
  const { Kind } = rpc.PropertyDiff;
  switch (change.kind) {
    case "add":
      return change.replace ? Kind.ADD_REPLACE : Kind.ADD;
    case "delete":
      return change.replace ? Kind.DELETE_REPLACE : Kind.DELETE;
    case "update":
      return change.replace ? Kind.UPDATE_REPLACE : Kind.UPDATE;
  }
}

function diffResponse(diff: Diff): rpc.DiffResponse {
  const response = new rpc.DiffResponse()
    .setChanges(changesOf(diff.changes.length))
    .setHasdetaileddiff(true)
    .setDeletebeforereplace(diff.deleteBeforeReplace);
  for (const change of diff.changes) {
    const path = formatPath(change.path);
    response.getDetaileddiffMap().set(path, new rpc.PropertyDiff().setKind(kindOf(change)).setInputdiff(true));
    if (change.replace) response.addReplaces(path);
    response.addDiffs(String(change.path[0] ?? ""));
  }
  return response;
}

function autonamingOf(request: rpc.CheckRequest): Autonaming {
  const options = request.getAutonaming();
  if (options === undefined) return undefined;
  return options.getMode() === rpc.CheckRequest.AutonamingOptions.Mode.DISABLE
    ? { mode: "disable" }
    : { mode: "propose", name: options.getProposedName() };
}

/** Arguments come typed in `args`; `variables` holds them as strings, with the package's configuration. */
function settingsOf(request: rpc.ConfigureRequest): JsonObject {
  const variables = Object.fromEntries(
    [...request.getVariablesMap().entries()].map(([key, value]) => [key.replace(/^kubernetes:(config:)?/, ""), value]),
  );
  return { ...variables, ...plainObject(fromStruct(request.getArgs())) };
}

/** The least that the engine needs of a schema: whose package it is. The SDK carries the types. */
function schema(version: string): string {
  return JSON.stringify({ name: "kubernetes", version, resources: {} });
}
