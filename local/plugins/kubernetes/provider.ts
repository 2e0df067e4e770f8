import type { Autonaming } from "./auto-name";
import { check, type Checked } from "./check";
import { parseCheckpoint } from "./checkpoint";
import { Client } from "./client";
import { Cluster } from "./cluster";
import { create, type Creation } from "./create";
import { remove, type Deleting } from "./delete";
import { diffInputs, type Diff } from "./diff";
import type { Log } from "./engine";
import { checkRelease, diffRelease, readRelease, recordRelease } from "./helm-release";
import { invoke } from "./invoke";
import { loadAccess, type ClusterAccess } from "./kubeconfig";
import { normalize, toServerKeys } from "./objects";
import type { Result } from "./operation";
import { OperationError } from "./outcome";
import { plainObject, type JsonObject, type WireObject } from "./properties";
import { read, type Found } from "./read";
import { parseUrn, resourceType } from "./resource-type";
import type { Session } from "./session";
import { readSettings, type Settings } from "./settings";
import { update, type Updating } from "./update";

/** One provider of the program, as the plugin protocol drives it; the protocol's encoding is the service's business. */
export class Provider {
  private session: Session | undefined;
  private readonly cancellation = new AbortController();

  constructor(private readonly log: Log) {}

  configure(args: JsonObject): void {
    const settings = readSettings(args);
    const access = settings.renderYamlToDirectory === undefined ? loadAccess(settings) : NO_CLUSTER;
    this.session?.cluster.close();
    this.session = {
      settings,
      defaultNamespace: defaultNamespace(settings, access),
      cluster: new Cluster(new Client(access)),
      log: this.log,
      cancelled: this.cancellation.signal,
      shown: new Set(),
    };
  }

  /** Ends all waits; what was waited for stays in the state as not ready. */
  cancel(): void {
    this.cancellation.abort();
  }

  async check(request: {
    readonly urn: string;
    readonly olds: WireObject | undefined;
    readonly news: WireObject;
    readonly seed: Uint8Array;
    readonly autonaming: Autonaming;
  }): Promise<Checked> {
    const { type, name: resourceName } = parseUrn(request.urn);
    const resource = resourceType(type, plainObject(request.news));
    switch (resource.is) {
      case "unsupported":
        throw new OperationError(`${resource.reason}.`);
      case "helm-release":
        return checkRelease(this.configured(), { ...request, resourceName });
      case "object":
        return check(this.configured(), { ...request, ...resource, resourceName });
    }
  }

  diff(urn: string, state: WireObject, news: WireObject, ignoreChanges: readonly string[]): Diff {
    if (this.isRelease(urn)) return diffRelease(state, news, ignoreChanges);
    const old = normalize(parseCheckpoint(state).inputs);
    const item = normalize(toServerKeys(plainObject(news)));
    return diffInputs(old, item, this.configured().settings, ignoreChanges);
  }

  async create(request: Creation): Promise<Result> {
    const session = this.configured();
    if (this.isRelease(request.urn)) {
      return recordRelease(session, request.urn, request.inputs, undefined, request.preview);
    }
    return create(session, request);
  }

  async update(request: Updating): Promise<Result> {
    const session = this.configured();
    if (this.isRelease(request.urn)) {
      return recordRelease(session, request.urn, request.inputs, request.olds, request.preview);
    }
    return update(session, request);
  }

  async read(request: {
    readonly urn: string;
    readonly id: string;
    readonly state: WireObject;
    readonly inputs: WireObject;
  }): Promise<Found> {
    const known = parseCheckpoint(request.state).live;
    const resource = resourceType(parseUrn(request.urn).type, { ...plainObject(request.inputs), ...known });
    switch (resource.is) {
      case "unsupported":
        throw new OperationError(`${resource.reason}.`);
      case "helm-release":
        return readRelease(request.id, request.state, request.inputs);
      case "object":
        return read(this.configured(), { ...request, ...resource });
    }
  }

  async delete(request: Deleting): Promise<void> {
    if (this.isRelease(request.urn)) return;
    await remove(this.configured(), request);
  }

  async invoke(token: string, args: JsonObject): Promise<JsonObject> {
    return invoke(this.configured(), token, args);
  }

  private isRelease(urn: string): boolean {
    return resourceType(parseUrn(urn).type).is === "helm-release";
  }

  private configured(): Session {
    if (this.session === undefined) throw new OperationError("the provider is not configured yet");
    return this.session;
  }
}

/** Rendering manifests needs no cluster; nothing may ever be sent to this address. */
const NO_CLUSTER: ClusterAccess = {
  server: "https://rendering.invalid",
  context: "",
  namespace: undefined,
  ca: undefined,
  serverName: undefined,
  skipVerify: false,
  certificate: undefined,
  key: undefined,
  token: undefined,
  tokenFile: undefined,
  username: undefined,
  password: undefined,
  exec: undefined,
};

function defaultNamespace(settings: Settings, access: ClusterAccess): string {
  return settings.namespace ?? access.namespace ?? "default";
}
