import assert from "node:assert/strict";

import { format } from "prettier";

import { describeEdges } from "../../components/security/network-edges";
import { loadConfig } from "../../infra/config";
import { derive } from "../../infra/derive";
import { drawEdges } from "../support/edges-diagram";
import { installMonitor } from "../support/mocks";
import { configOf, installConfig } from "../support/resources";
import { assertGolden } from "../support/resources-golden";

const INTRODUCTION = `# Network edges

What may talk to what in production; everything else is denied, in both directions, in every namespace that the stack makes.
Generated from the table that the policies are made of ([ADR 9](adr/0009-one-table-of-network-edges.md)); a test evaluates the policies
for every pair of pods, networks and ports against it.

## What the configuration has to say

- \`network.apiServer\`: the networks and the port of the API server. Pods reach it by the Service \`kubernetes\`, and policies see what is
  behind that: \`kubectl get endpointslices --namespace default --selector kubernetes.io/service-name=kubernetes\` tells its addresses and
  port. On EKS they change within the subnets of the control plane, so name these. Network plugins that judge before the Service's
  address is translated (the Amazon VPC CNI) need that address too: \`kubectl get service --namespace default kubernetes\`. The same
  networks are where its calls of webhooks come from.
- \`network.nodes\`: only for a plugin that holds the kubelets' probes to the policies; nearly all exempt what a node sends its own pods. The
  metrics server is allowed to the kubelets of these networks.
- \`network.nodeLocalDns\`: only for clusters with a DNS cache on each node.

Cilium matches neither nodes nor the API server by networks unless it is told to (\`policyCIDRMatchMode: nodes\`). No edge leads to the
cloud's metadata service, 169.254.169.254: pods have identities of their own.
`;

const PICTURES = `## Pictures

One for each namespace. Ports are TCP unless they say otherwise. Name resolution is left out: every pod may ask the cluster's name servers.
`;

describe("the document of the network's edges", () => {
  it("is current", async () => {
    installMonitor("monitoring-web-service", "production");
    installConfig(configOf("production"));
    const { edges, namespaces } = derive(loadConfig());
    const pictures = namespaces.map((name) => `### ${name}\n\n${drawEdges(name, edges)}\n`);
    const text = [INTRODUCTION, PICTURES, ...pictures, `## Table\n\n${describeEdges(edges)}\n`].join("\n");
    // As `npm run check` wants Markdown to look.
    assertGolden("docs/network-edges.md", await format(text, { parser: "markdown", printWidth: 120 }));
  });

  it("has a picture for every namespace of ours, in which every edge of it has both ends", () => {
    installMonitor("monitoring-web-service", "production");
    installConfig(configOf("production"));
    const { edges, namespaces } = derive(loadConfig());
    for (const namespace of namespaces) {
      const lines = drawEdges(namespace, edges).split("\n").slice(2, -1);
      const nodes = lines.map((line) => /^ +(\w+)[[(]/.exec(line)?.[1]).filter((id) => id !== undefined);
      assert.equal(new Set(nodes).size, nodes.length, namespace);
      const arrows = lines.flatMap((line) => [...line.matchAll(/^ {2}(\w+) -->\|"[^"]+"\| (\w+)$/g)]);
      assert.ok(arrows.length > 0, namespace);
      for (const [, from = "", to = ""] of arrows) assert.ok(nodes.includes(from) && nodes.includes(to), namespace);
      // Quotes and brackets within a label would end it.
      for (const line of lines)
        assert.match(
          line,
          /^ *(subgraph \w+ \["[^"\]]+"\]|\w+(\["[^"\]]+"\]|\(\["[^"\]]+"\]\))|end|\w+ -->\|"[^"|]+"\| \w+)$/,
        );
    }
  });
});
