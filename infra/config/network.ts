import { z } from "zod";

import { cidr, keyDocs, port } from "./leaves";

/** Private addresses (RFC 1918): where an API server is, as long as nobody says more exactly. For local stacks only. */
const PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];

const networks = (description: string, example: string) =>
  z.array(cidr).register(keyDocs, { description, allowed: "a list of IPv4 networks in CIDR notation", example });

/** The key `network`. */
export const network = z
  .strictObject({
    apiServer: z
      .strictObject({
        cidrs: networks(
          "Where pods reach the API server, and where its calls of webhooks come from; how to find them: docs/network-edges.md. The default is for local stacks only.",
          "10.0.0.0/24",
        )
          .min(1)
          .default(PRIVATE),
        port: port("The API server's own port: 443 on EKS, 6443 on most others.", 443).default(443),
      })
      .prefault({}),
    nodes: networks(
      "The nodes' networks. Only for a network plugin that holds the kubelets' probes to the policies; nearly all exempt them.",
      "10.0.0.0/16",
    ).default([]),
    nodeLocalDns: networks(
      "Where a DNS cache on each node answers, if the cluster has one, such as 169.254.20.10/32.",
      "169.254.20.10/32",
    ).default([]),
  })
  .register(keyDocs, {
    description: "Where the cluster's own parts are, for the network policies.",
    allowed: "apiServer, nodes, nodeLocalDns",
    example: "{}",
  })
  .prefault({});
