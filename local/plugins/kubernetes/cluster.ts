import { ApiError } from "./api-error";
import type { Client, Response } from "./client";
import { apiGroup, type ObjectRef } from "./objects";
import { get, isObject, list, object, text, type Json, type JsonObject } from "./properties";

/** How the API server serves a kind. */
export interface KindInfo {
  /** The path's last part, such as `deployments`. */
  readonly resource: string;
  readonly namespaced: boolean;
}

/** The API server does not serve a kind: mostly, its CustomResourceDefinition is not there (yet). */
export class NoSuchKindError extends Error {
  constructor(
    readonly apiVersion: string,
    readonly kind: string,
  ) {
    super(`the API server does not serve ${apiVersion} ${kind}`);
    this.name = "NoSuchKindError";
  }
}

export interface WriteOptions {
  readonly fieldManager: string;
  readonly dryRun: boolean;
}

export interface Written {
  readonly object: JsonObject;
  readonly warnings: readonly string[];
}

/** Objects of a cluster, by API discovery: any kind that the server serves, custom resources included. */
export class Cluster {
  private readonly versions = new Map<string, Promise<ReadonlyMap<string, KindInfo>>>();

  constructor(private readonly client: Client) {}

  get server(): string {
    return this.client.server;
  }

  /**
   * How a kind is served. A group version is asked for once in the life of this process; a kind that is missing in it
   * is asked for again each time, since a CustomResourceDefinition may have come meanwhile.
   *
   * @throws NoSuchKindError
   */
  async kind(apiVersion: string, kind: string): Promise<KindInfo> {
    const pending = this.versions.get(apiVersion);
    const known = pending === undefined ? undefined : (await pending).get(kind);
    const info = known ?? (await this.discover(apiVersion)).get(kind);
    if (info === undefined) throw new NoSuchKindError(apiVersion, kind);
    return info;
  }

  /** Whether a kind is namespaced; undefined when the server does not serve it. */
  async isNamespaced(apiVersion: string, kind: string): Promise<boolean | undefined> {
    try {
      return (await this.kind(apiVersion, kind)).namespaced;
    } catch (error) {
      if (error instanceof NoSuchKindError) return undefined;
      throw error;
    }
  }

  async get(ref: ObjectRef): Promise<JsonObject | undefined> {
    try {
      const { body } = await this.client.send({ method: "GET", path: await this.path(ref) });
      return object(body);
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return undefined;
      throw error;
    }
  }

  async list(
    apiVersion: string,
    kind: string,
    namespace: string,
    query: { readonly labelSelector?: string; readonly fieldSelector?: string } = {},
  ): Promise<JsonObject[]> {
    const info = await this.kind(apiVersion, kind);
    const path = collectionPath(apiVersion, info, namespace);
    const { body } = await this.client.send({ method: "GET", path, query: { ...query, limit: "500" } });
    return list(body, "items").filter(isObject);
  }

  async create(ref: ObjectRef, body: JsonObject, options: WriteOptions): Promise<Written> {
    const path = collectionPath(ref.apiVersion, await this.kind(ref.apiVersion, ref.kind), ref.namespace);
    return written(await this.client.send({ method: "POST", path, query: writeQuery(options), body }));
  }

  async apply(ref: ObjectRef, body: JsonObject, options: WriteOptions & { readonly force: boolean }): Promise<Written> {
    const path = await this.path(ref);
    const query = { ...writeQuery(options), force: String(options.force) };
    // JSON is YAML; the server knows an apply by its content type.
    return written(
      await this.client.send({ method: "PATCH", path, query, body, contentType: "application/apply-patch+yaml" }),
    );
  }

  async replace(ref: ObjectRef, body: JsonObject, options: WriteOptions): Promise<Written> {
    return written(
      await this.client.send({ method: "PUT", path: await this.path(ref), query: writeQuery(options), body }),
    );
  }

  async jsonPatch(ref: ObjectRef, patch: Json): Promise<JsonObject> {
    const path = await this.path(ref);
    const { body } = await this.client.send({
      method: "PATCH",
      path,
      body: patch,
      contentType: "application/json-patch+json",
    });
    return object(body);
  }

  /** Asks for the deletion; false when the object is gone already. */
  async delete(ref: ObjectRef, propagationPolicy: string): Promise<boolean> {
    try {
      await this.client.send({
        method: "DELETE",
        path: await this.path(ref),
        body: { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy },
      });
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return false;
      throw error;
    }
  }

  close(): void {
    this.client.close();
  }

  private async path(ref: ObjectRef): Promise<string> {
    const info = await this.kind(ref.apiVersion, ref.kind);
    return `${collectionPath(ref.apiVersion, info, ref.namespace)}/${encodeURIComponent(ref.name)}`;
  }

  private async discover(apiVersion: string): Promise<ReadonlyMap<string, KindInfo>> {
    const found = this.fetchKinds(apiVersion);
    this.versions.set(apiVersion, found);
    try {
      const kinds = await found;
      if (kinds.size === 0 && this.versions.get(apiVersion) === found) this.versions.delete(apiVersion);
      return kinds;
    } catch (error) {
      if (this.versions.get(apiVersion) === found) this.versions.delete(apiVersion);
      throw error;
    }
  }

  private async fetchKinds(apiVersion: string): Promise<ReadonlyMap<string, KindInfo>> {
    let body: Json;
    try {
      ({ body } = await this.client.send({ method: "GET", path: versionPath(apiVersion) }));
    } catch (error) {
      // 503: an aggregated API whose server is away. Its kinds are as good as unknown.
      if (error instanceof ApiError && (error.code === 404 || error.code === 503)) return new Map();
      throw error;
    }
    const kinds = new Map<string, KindInfo>();
    for (const entry of list(body, "resources")) {
      const resource = text(entry, "name") ?? "";
      if (resource.includes("/")) continue;
      kinds.set(text(entry, "kind") ?? "", { resource, namespaced: get(entry, "namespaced") === true });
    }
    return kinds;
  }
}

function writeQuery(options: WriteOptions): Record<string, string | undefined> {
  return {
    fieldManager: options.fieldManager,
    fieldValidation: "Strict",
    dryRun: options.dryRun ? "All" : undefined,
  };
}

function written({ body, warnings }: Response): Written {
  return { object: object(body), warnings };
}

function versionPath(apiVersion: string): string {
  return apiGroup(apiVersion) === "" ? `/api/${apiVersion}` : `/apis/${apiVersion}`;
}

function collectionPath(apiVersion: string, info: KindInfo, namespace: string | undefined): string {
  const scope = info.namespaced ? `/namespaces/${encodeURIComponent(namespace ?? "default")}` : "";
  return `${versionPath(apiVersion)}${scope}/${info.resource}`;
}
