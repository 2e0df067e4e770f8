import { equal, match } from "node:assert/strict";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { embedded, type Embedded } from "../support/embedded";
import { PluginProject } from "../support/plugin-project";

/** As a program makes a kubeconfig of an EKS cluster's outputs; the types stand in for @pulumi/aws, which is large. */
const PROGRAM = `
import * as pulumi from "@pulumi/pulumi";
import { ConfigMap } from "@pulumi/kubernetes/core/v1";
import { Provider } from "@pulumi/kubernetes/provider";

class Cluster extends pulumi.CustomResource {
  declare readonly name: pulumi.Output<string>;
  declare readonly endpoint: pulumi.Output<string>;
  declare readonly certificateAuthority: pulumi.Output<{ data: string }>;
  constructor(name: string) {
    super("aws:eks/cluster:Cluster", name, {
      name,
      roleArn: "arn:aws:iam::000000000000:role/eks",
      vpcConfig: { subnetIds: ["subnet-1", "subnet-2"] },
      endpoint: undefined,
      certificateAuthority: undefined,
    });
  }
}

const cluster = new Cluster("production");
const kubeconfig = pulumi.all([cluster.name, cluster.endpoint, cluster.certificateAuthority]).apply(async ([name, server, ca]) => {
  const auth = await pulumi.runtime.invoke("aws:eks/getClusterAuth:getClusterAuth", { name });
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    clusters: [{ name, cluster: { server, "certificate-authority-data": ca.data } }],
    users: [{ name, user: { token: auth.token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  });
});
const provider = new Provider("eks", { kubeconfig: pulumi.secret(kubeconfig), clusterIdentifier: "production" });
new ConfigMap("from-eks", { metadata: { name: "from-eks", namespace: "default" }, data: { made: "through EKS outputs" } }, { provider });
export const endpoint = cluster.endpoint;
`;

describe("the outputs of a simulated EKS cluster", function () {
  this.timeout(120_000);
  let cluster: Embedded;
  let project: PluginProject;

  before(async () => {
    cluster = await embedded();
    project = await PluginProject.create();
    // The project's own state folder has no cluster: it is told of the one that all tests share.
    await cp(cluster.environment.kubeconfig, join(project.folder, ".local", "kubeconfig"));
    await project.program(PROGRAM);
    await project.succeed("config", "set", "aws:region", "eu-central-1");
  });

  after(async () => {
    await project.remove();
  });

  it("lead to the embedded API server, with a token that it accepts", async () => {
    match(await project.succeed("up", "--yes"), /\+ \d+ created/);
    equal(await project.output("endpoint"), cluster.environment.apiServer);
    const data = await cluster.kubectl("get", "configmap", "from-eks", "--output", "jsonpath={.data.made}");
    equal(data, "through EKS outputs");
  });

  it("are the same the next time: nothing changes, and nothing is replaced", async () => {
    match(await project.succeed("preview"), /unchanged/);
    const output = await project.succeed("up", "--yes");
    equal(/replaced|created|deleted/.test(output), false, output);
  });

  it("serve to take everything away again", async () => {
    await project.succeed("destroy", "--yes");
    equal(await cluster.kubectl("get", "configmap", "from-eks", "--ignore-not-found"), "");
  });
});
