import assert from "node:assert/strict";
import { credentials, Server, ServerCredentials, type ServiceError } from "@grpc/grpc-js";
import { ResourceProviderClient, ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Provider } from "../../../../local/plugins/kubernetes/provider";
import { InitFailure } from "../../../../local/plugins/kubernetes/outcome";
import { fromStruct, toStruct, type JsonObject } from "../../../../local/plugins/kubernetes/properties";
import { providerService } from "../../../../local/plugins/kubernetes/service";

const silent = { status: () => undefined, info: () => undefined, warning: () => undefined };
const RELEASE = "urn:pulumi:dev::test::kubernetes:helm.sh/v3:Release::monitoring";
const CONFIG = JSON.stringify({
  "current-context": "a",
  contexts: [{ name: "a", context: { cluster: "c" } }],
  clusters: [{ name: "c", cluster: { server: "https://127.0.0.1:1" } }],
});

class Unready extends Provider {
  override create(): never {
    throw new InitFailure("app/web", { kind: "Deployment" }, ["no node is free"]);
  }
}

describe("the provider's service", () => {
  const server = new Server();
  let client: ResourceProviderClient;

  before(async () => {
    server.addService(ResourceProviderService, providerService(new Unready(silent), "4.0.0"));
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
        if (error === null) resolve(bound);
        else reject(error);
      });
    });
    client = new ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
    await call<rpc.ConfigureResponse>((done) =>
      client.configure(new rpc.ConfigureRequest().setArgs(toStruct({ kubeconfig: CONFIG })), done),
    );
  });

  after(() => {
    client.close();
    server.forceShutdown();
  });

  function call<T>(send: (done: (error: ServiceError | null, response: T) => void) => unknown): Promise<T> {
    return new Promise((resolve, reject) => {
      send((error, response) => {
        if (error === null) resolve(response);
        else reject(error);
      });
    });
  }

  it("hands an object that is not ready over with its state, so that the engine keeps it", async () => {
    const failed = call<rpc.CreateResponse>((done) => client.create(new rpc.CreateRequest(), done));
    const error = await failed.then(
      () => assert.fail("it was ready"),
      (reason: unknown) => reason as ServiceError,
    );
    assert.equal(error.details, "no node is free");
    const [packed] = error.metadata.get("grpc-status-details-bin");
    const status = Status.deserializeBinary(new Uint8Array(packed as Buffer));
    const [any] = status.getDetailsList();
    assert.equal(any?.getTypeName(), "pulumirpc.ErrorResourceInitFailed");
    const detail = rpc.ErrorResourceInitFailed.deserializeBinary(any.getValue_asU8());
    assert.equal(detail.getId(), "app/web");
    assert.deepEqual(detail.getReasonsList(), ["no node is free"]);
    assert.deepEqual(fromStruct(detail.getProperties()), { kind: "Deployment" });
  });

  it("refuses components and methods in words", async () => {
    await assert.rejects(
      call<rpc.ConstructResponse>((done) => client.construct(new rpc.ConstructRequest(), done)),
      /components of the Kubernetes package \(ConfigGroup, ConfigFile, Chart and Directory of v2 and v4\) are not supported by the stand-in provider/,
    );
  });

  it("refuses functions that need a chart", async () => {
    await assert.rejects(
      call<rpc.InvokeResponse>((done) =>
        client.invoke(new rpc.InvokeRequest().setTok("kubernetes:helm:template"), done),
      ),
      /kubernetes:helm:template is not supported by the stand-in provider, which renders no charts and no kustomizations\./,
    );
  });

  it("decodes YAML, and takes lists apart", async () => {
    const text = "kind: ConfigMap\n---\nkind: List\nitems: [{kind: Secret}, {kind: Service}]\n---\n";
    const response = await call<rpc.InvokeResponse>((done) =>
      client.invoke(new rpc.InvokeRequest().setTok("kubernetes:yaml:decode").setArgs(toStruct({ text })), done),
    );
    assert.deepEqual(fromStruct(response.getReturn()), {
      result: [{ kind: "ConfigMap" }, { kind: "Secret" }, { kind: "Service" }],
    });
  });

  describe("for a Helm release", () => {
    async function failuresOf(news: JsonObject): Promise<string[]> {
      const response = await call<rpc.CheckResponse>((done) =>
        client.check(new rpc.CheckRequest().setUrn(RELEASE).setNews(toStruct(news)), done),
      );
      return response.getFailuresList().map((failure) => `${failure.getProperty()} ${failure.getReason()}`);
    }

    const table: readonly (readonly [string, JsonObject, readonly string[]])[] = [
      ["accepts a pinned chart", { chart: "a", version: "1", repositoryOpts: { repo: "https://x" } }, []],
      ["accepts an address and a local folder", { chart: "./charts/a" }, []],
      [
        "asks for chart and version",
        {},
        [
          "chart is required: the chart's name, or its oci:// address",
          "version is required: an unpinned chart changes without anybody changing it",
        ],
      ],
      [
        "refuses a repository beside an address",
        { chart: "oci://x/a", version: "1", repositoryOpts: { repo: "https://x" } },
        ["repositoryOpts.repo does not go with an oci:// chart, whose address says it all"],
      ],
      [
        "refuses what is no address, and values that are no object",
        { chart: "a", version: "1", repositoryOpts: { repo: "stable" }, values: [] },
        ["repositoryOpts.repo must be an http or https address", "values must be an object"],
      ],
    ];
    for (const [sentence, news, expected] of table) {
      it(sentence, async () => {
        assert.deepEqual(await failuresOf(news), expected);
      });
    }

    it("replaces it for another name or namespace, and upgrades it for the rest", async () => {
      const olds = { __inputs: { name: "a", namespace: "b", version: "1", values: { x: 1 } } };
      const diff = async (news: JsonObject) => {
        const request = new rpc.DiffRequest().setUrn(RELEASE).setOlds(toStruct(olds)).setNews(toStruct(news));
        return (await call<rpc.DiffResponse>((done) => client.diff(request, done))).getReplacesList();
      };
      assert.deepEqual(await diff({ name: "a", namespace: "b", version: "2", values: { x: 2 } }), []);
      assert.deepEqual(await diff({ name: "c", namespace: "d", version: "1", values: { x: 1 } }), [
        "name",
        "namespace",
      ]);
    });
  });
});
