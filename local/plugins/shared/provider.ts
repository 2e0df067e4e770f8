import * as grpc from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";

import { diffProperties } from "./diff";
import type { PropertyChange } from "./diff";
import { checkInputs, keepsFixedName } from "./inputs";
import type { CheckFailure, ProviderDefinition, ResourceContext, ResourceKind } from "./resource-kind";
import { RpcError, fail, unary, unimplemented } from "./serve";
import { decode, encode, hasUnknown, isSecret, revealProperties, secret, secretTexts, unknown } from "./values";
import type { PlainProperties, Properties, Value } from "./values";

/** The engine's provider protocol over a table of resource kinds. What it creates exists in the state only. */
export function providerService<Settings>(definition: ProviderDefinition<Settings>): IResourceProviderServer {
  let configured: { readonly settings: Settings } | undefined;
  const configuration = (): Settings => {
    if (configured !== undefined) return configured.settings;
    throw new RpcError(grpc.status.FAILED_PRECONDITION, `the ${definition.name} provider is not configured`);
  };
  const context = (urn: string, inputs: Properties): ResourceContext<Settings> => ({
    urn,
    name: nameOf(urn),
    inputs: revealProperties(inputs),
    settings: configuration(),
  });

  return {
    handshake: unary(() =>
      new rpc.ProviderHandshakeResponse().setAcceptSecrets(true).setSupportsAutonamingConfiguration(true),
    ),
    getPluginInfo: unary(() => new PluginInfo().setVersion(definition.version)),
    getSchema: unary(() =>
      new rpc.GetSchemaResponse().setSchema(JSON.stringify({ name: definition.name, version: definition.version })),
    ),
    attach: unary(() => new Empty()),
    cancel: unary(() => new Empty()),

    checkConfig: unary((request) => {
      const config = decode(request.getNews());
      const failures = definition.checkConfig(parseConfig(revealProperties(config)));
      return checkResponse(config, failures);
    }),
    diffConfig: unary((request) =>
      diffResponse(diffProperties(decode(request.getOldInputs()), decode(request.getNews()), [])),
    ),
    configure: unary((request) => {
      configured = { settings: definition.configure(parseConfig(revealProperties(decode(request.getArgs())))) };
      return new rpc.ConfigureResponse()
        .setAcceptsecrets(true)
        .setSupportspreview(true)
        .setSupportsAutonamingConfiguration(true);
    }),

    check: unary((request) => {
      const kind = definition.kind(typeOf(request.getUrn()));
      const { inputs, failures } = checkInputs(
        kind,
        nameOf(request.getUrn()),
        decode(request.getOlds()),
        decode(request.getNews()),
        { seed: request.getRandomseed_asU8(), autonaming: request.getAutonaming() },
      );
      return checkResponse(inputs, failures);
    }),
    diff: unary((request) => {
      const kind = definition.kind(typeOf(request.getUrn()));
      const olds = decode(request.getOldInputs());
      const news = decode(request.getNews());
      return diffResponse(diffProperties(olds, news, kind.replaceOn), keepsFixedName(kind, olds, news));
    }),
    create: unary(async (request) => {
      const kind = definition.kind(typeOf(request.getUrn()));
      const inputs = decode(request.getProperties());
      const about = context(request.getUrn(), inputs);
      if (request.getPreview()) {
        const computed: Properties = Object.fromEntries(kind.computed(about).map((name) => [name, unknown] as const));
        return new rpc.CreateResponse().setProperties(encode(state(kind, inputs, computed)));
      }
      const { id, outputs } = await kind.create(about);
      return new rpc.CreateResponse().setId(id).setProperties(encode(state(kind, inputs, outputs)));
    }),
    update: unary(async (request) => {
      const kind = definition.kind(typeOf(request.getUrn()));
      const inputs = decode(request.getNews());
      const about = context(request.getUrn(), inputs);
      const olds = computedOf(decode(request.getOlds()), decode(request.getOldInputs()));
      const outputs = request.getPreview() ? foreseen(kind, olds, inputs) : undefined;
      return new rpc.UpdateResponse().setProperties(
        encode(state(kind, inputs, outputs ?? (await kind.update?.(about, request.getId(), olds)) ?? olds)),
      );
    }),
    read: unary(async (request) => {
      const type = typeOf(request.getUrn());
      const kind = definition.kind(type);
      const properties = decode(request.getProperties());
      const id = request.getId();
      if (Object.keys(properties).length === 0) {
        if (kind.import === undefined) {
          throw new RpcError(
            grpc.status.UNIMPLEMENTED,
            `${type} "${id}" cannot be read: the stand-in of the ${definition.name} provider knows only what this stack created. ` +
              "Import it where the official provider is installed",
          );
        }
        const { id: kept = id, inputs, outputs } = await kind.import(id);
        return readResponse(kept, inputs, state(kind, inputs, outputs));
      }
      const inputs = decode(request.getInputs());
      const olds = computedOf(properties, inputs);
      const outputs = (await kind.update?.(context(request.getUrn(), inputs), id, olds)) ?? olds;
      return readResponse(id, inputs, state(kind, inputs, outputs));
    }),
    delete: unary((request) => {
      definition.kind(typeOf(request.getUrn()));
      return new Empty();
    }),

    invoke: unary(async (request) => {
      const args = revealProperties(decode(request.getArgs()));
      return new rpc.InvokeResponse().setReturn(
        encode(await definition.invoke(request.getTok(), args, configuration())),
      );
    }),

    parameterize: unimplemented("Parameterize"),
    call: unimplemented("Call"),
    construct: unimplemented("Construct"),
    getMapping: unary(() => new rpc.GetMappingResponse()),
    getMappings: unary(() => new rpc.GetMappingsResponse()),
    list(call) {
      fail(call, new RpcError(grpc.status.UNIMPLEMENTED, "List is not implemented by this stand-in"));
    },
  };
}

/** The type in a URN: what follows the last `$` of its third part. */
function typeOf(urn: string): string {
  return (urn.split("::")[2] ?? "").split("$").at(-1) ?? "";
}

/** The name in a URN, which may itself contain `::`. */
function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** Nested values of a provider's configuration arrive as JSON text. */
function parseConfig(config: PlainProperties): PlainProperties {
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => {
      if (typeof value !== "string" || !/^[[{]/.test(value)) return [name, value];
      try {
        return [name, revealProperties({ value: JSON.parse(value) as Value })["value"] ?? null];
      } catch {
        return [name, value];
      }
    }),
  );
}

/**
 * What the engine keeps: computed outputs and the inputs over them. An output that repeats the text of a secret input
 * becomes a secret itself.
 */
function state<Settings>(kind: ResourceKind<Settings>, inputs: Properties, computed: Properties): Properties {
  const secretTextsOfInputs = secretTexts(inputs);
  const leaks = (value: Value) => {
    const text = JSON.stringify(encode({ value }).toJavaScript());
    return secretTextsOfInputs.some((hidden) => text.includes(JSON.stringify(hidden).slice(1, -1)));
  };
  const secretNames = new Set(kind.secrets);
  const outputs: Record<string, Value> = {};
  for (const [name, value] of Object.entries(computed)) outputs[name] = leaks(value) ? secret(value) : value;
  for (const [name, value] of Object.entries(inputs)) {
    if (!name.startsWith("__") && value !== null) outputs[name] = value;
  }
  for (const [name, value] of Object.entries(outputs)) {
    if (secretNames.has(name) && !isSecret(value)) outputs[name] = secret(value);
  }
  return outputs;
}

/** The outputs in a state that are not just inputs repeated. */
function computedOf(outputs: Properties, inputs: Properties): Properties {
  return Object.fromEntries(Object.entries(outputs).filter(([name]) => inputs[name] === undefined));
}

/** What a preview says of an update: the old outputs, without those that nobody can know. */
function foreseen<Settings>(
  kind: ResourceKind<Settings>,
  olds: Properties,
  inputs: Properties,
): Properties | undefined {
  if (kind.volatile === undefined && !hasUnknown(inputs)) return undefined;
  return { ...olds, ...Object.fromEntries((kind.volatile ?? []).map((name) => [name, unknown])) };
}

function checkResponse(inputs: Properties, failures: readonly CheckFailure[]): rpc.CheckResponse {
  return new rpc.CheckResponse()
    .setInputs(encode(inputs))
    .setFailuresList(
      failures.map(({ property, reason }) => new rpc.CheckFailure().setProperty(property).setReason(reason)),
    );
}

function readResponse(id: string, inputs: Properties, properties: Properties): rpc.ReadResponse {
  return new rpc.ReadResponse().setId(id).setInputs(encode(inputs)).setProperties(encode(properties));
}

const DIFF_KIND = {
  add: [rpc.PropertyDiff.Kind.ADD, rpc.PropertyDiff.Kind.ADD_REPLACE],
  delete: [rpc.PropertyDiff.Kind.DELETE, rpc.PropertyDiff.Kind.DELETE_REPLACE],
  update: [rpc.PropertyDiff.Kind.UPDATE, rpc.PropertyDiff.Kind.UPDATE_REPLACE],
} as const;

function diffResponse(changes: readonly PropertyChange[], deleteBeforeReplace = false): rpc.DiffResponse {
  const response = new rpc.DiffResponse()
    .setChanges(changes.length === 0 ? rpc.DiffResponse.DiffChanges.DIFF_NONE : rpc.DiffResponse.DiffChanges.DIFF_SOME)
    .setDiffsList([...new Set(changes.map(({ path }) => topLevel(path)))])
    .setReplacesList([...new Set(changes.filter(({ replaces }) => replaces).map(({ path }) => topLevel(path)))])
    .setHasdetaileddiff(true);
  response.setDeletebeforereplace(deleteBeforeReplace && response.getReplacesList().length > 0);
  const detailed = response.getDetaileddiffMap();
  for (const { path, kind, replaces } of changes) {
    const [plain, replacing] = DIFF_KIND[kind];
    detailed.set(path, new rpc.PropertyDiff().setKind(replaces ? replacing : plain).setInputdiff(true));
  }
  return response;
}

function topLevel(path: string): string {
  return /^[^.[]+/.exec(path)?.[0] ?? path;
}
