import * as grpc from "@grpc/grpc-js";
import { ResourceProviderClient, ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import type { IResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { providerService } from "../../../local/plugins/shared/provider";
import type { ProviderDefinition } from "../../../local/plugins/shared/resource-kind";
import { servePlugin } from "../../../local/plugins/shared/serve";
import { decode, encode, reveal } from "../../../local/plugins/shared/values";
import type { Properties, Value } from "../../../local/plugins/shared/values";

type Answer<T> = (error: grpc.ServiceError | null, response: T) => void;

/** Speaks to a provider as the engine does, over its real protocol. */
export class ProviderClient {
  private constructor(
    private readonly server: grpc.Server,
    private readonly client: IResourceProviderClient & grpc.Client,
  ) {}

  static async start<Settings>(definition: ProviderDefinition<Settings>, config: Properties): Promise<ProviderClient> {
    let port = "";
    const server = await servePlugin(
      (added) => {
        added.addService(ResourceProviderService, providerService(definition));
      },
      (line) => (port = line.trim()),
    );
    const client = new ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    const started = new ProviderClient(server, client);
    await started.ask((done) => client.configure(new rpc.ConfigureRequest().setArgs(encode(config)), done));
    return started;
  }

  stop(): void {
    this.client.close();
    this.server.forceShutdown();
  }

  async checkConfig(config: Properties): Promise<readonly string[]> {
    const request = new rpc.CheckRequest().setNews(encode(config));
    return failures(await this.ask((done) => this.client.checkConfig(request, done)));
  }

  async check(
    type: string,
    news: Properties,
    olds: Properties = {},
  ): Promise<{ inputs: Properties; failures: string[] }> {
    const request = new rpc.CheckRequest()
      .setUrn(urn(type))
      .setOlds(encode(olds))
      .setNews(encode(news))
      .setRandomseed(Buffer.from("0123456789abcdef", "hex"));
    const response = await this.ask<rpc.CheckResponse>((done) => this.client.check(request, done));
    return { inputs: decode(response.getInputs()), failures: failures(response) };
  }

  async diff(type: string, olds: Properties, news: Properties) {
    const request = new rpc.DiffRequest().setUrn(urn(type)).setOldInputs(encode(olds)).setNews(encode(news));
    const response = await this.ask<rpc.DiffResponse>((done) => this.client.diff(request, done));
    return {
      diffs: response.getDiffsList(),
      replaces: response.getReplacesList(),
      deleteBeforeReplace: response.getDeletebeforereplace(),
    };
  }

  async create(type: string, inputs: Properties, preview = false) {
    const request = new rpc.CreateRequest().setUrn(urn(type)).setProperties(encode(inputs)).setPreview(preview);
    const response = await this.ask<rpc.CreateResponse>((done) => this.client.create(request, done));
    return { id: response.getId(), outputs: decode(response.getProperties()) };
  }

  async update(type: string, id: string, before: { inputs: Properties; outputs: Properties }, inputs: Properties) {
    const request = new rpc.UpdateRequest()
      .setUrn(urn(type))
      .setId(id)
      .setOlds(encode(before.outputs))
      .setOldInputs(encode(before.inputs))
      .setNews(encode(inputs));
    return decode((await this.ask<rpc.UpdateResponse>((done) => this.client.update(request, done))).getProperties());
  }

  async read(type: string, id: string, inputs: Properties = {}, outputs: Properties = {}) {
    const request = new rpc.ReadRequest()
      .setUrn(urn(type))
      .setId(id)
      .setInputs(encode(inputs))
      .setProperties(encode(outputs));
    const response = await this.ask<rpc.ReadResponse>((done) => this.client.read(request, done));
    return { id: response.getId(), inputs: decode(response.getInputs()), outputs: decode(response.getProperties()) };
  }

  async invoke(token: string, args: Properties = {}): Promise<Properties> {
    const request = new rpc.InvokeRequest().setTok(token).setArgs(encode(args));
    return decode((await this.ask<rpc.InvokeResponse>((done) => this.client.invoke(request, done))).getReturn());
  }

  private ask<T>(call: (done: Answer<T>) => unknown): Promise<T> {
    return new Promise((resolve, reject) => {
      call((error, response) => {
        if (error === null) resolve(response);
        else reject(new Error(error.details));
      });
    });
  }
}

function urn(type: string): string {
  return `urn:pulumi:stack::project::my:component:Parent$${type}::thing`;
}

function failures(response: rpc.CheckResponse): string[] {
  return response.getFailuresList().map((failure) => `${failure.getProperty()}: ${failure.getReason()}`);
}

/** The text of a value, secret or not. */
export function text(value: Value | undefined): string {
  const plain = reveal(value ?? null);
  if (typeof plain !== "string") throw new TypeError("the value is no text");
  return plain;
}
