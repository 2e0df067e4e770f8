import { z } from "zod";

import { choice, cidr, key, keyDocs, text } from "./leaves";

const flag = (description: string) => key(z.boolean(), { description, allowed: "true or false", example: "true" });

const networks = (description: string) =>
  z
    .array(cidr)
    .register(keyDocs, { description, allowed: "a list of IPv4 networks in CIDR notation", example: "10.0.0.0/16" });

const enabled = (what: string) => flag(`Installs ${what}. \`false\`: the cluster brings it.`).default(true);

const loadBalancer = z
  .strictObject({
    kind: choice(
      ["plain", "aws-nlb"],
      "`aws-nlb` is a Network Load Balancer, which the AWS Load Balancer Controller makes; `plain` is what the cluster makes of a Service.",
    ).default("plain"),
    scheme: choice(["internet-facing", "internal"], "Who can reach an `aws-nlb`.").default("internet-facing"),
    subnets: networks("The networks of an `aws-nlb`'s subnets: where its connections come from.").default([]),
  })
  .prefault({});

/** The key `platform`. */
export const platform = z
  .strictObject({
    podIdentity: flag("Whether pods get AWS credentials from the Pod Identity agent of EKS.").default(false),
    serviceMonitors: flag("Whether charts make ServiceMonitors; needs the Prometheus Operator's CRDs.").default(false),
    adopt: flag(
      "Takes over objects of the charts that are in the cluster already, such as CRDs applied by hand.",
    ).default(false),
    certManager: z.strictObject({ enabled: enabled("cert-manager") }).prefault({}),
    cloudnativePg: z.strictObject({ enabled: enabled("the operator CloudNativePG") }).prefault({}),
    barmanCloud: z.strictObject({ enabled: enabled("CloudNativePG's plugin for backups, Barman Cloud") }).prefault({}),
    externalSecrets: z
      .strictObject({
        enabled: enabled("External Secrets"),
        store: networks("Where the secret store is, if it has private addresses. Left out: on the Internet.").default(
          [],
        ),
      })
      .prefault({}),
    nginxIngress: z
      .strictObject({
        enabled: enabled("the F5 NGINX Ingress Controller"),
        loadBalancer,
        maxBodySize: text((value) => /^[1-9]\d*[km]$/.test(value), {
          description: "The largest body of a request.",
          allowed: "a number with k or m",
          example: "1m",
        }).default("1m"),
      })
      .prefault({}),
    metricsServer: z
      .strictObject({
        enabled: enabled("the metrics server"),
        kubeletInsecureTls: flag(
          "Takes kubelets at their word: for clusters whose kubelets have self-signed certificates, such as kind.",
        ).default(false),
        kubelets: networks("Where the nodes are, whose kubelets it asks. Left out: in a private network.").default([
          "10.0.0.0/8",
          "172.16.0.0/12",
          "192.168.0.0/16",
        ]),
      })
      .prefault({}),
  })
  .register(keyDocs, {
    description: "The operators and controllers that the stack installs.",
    allowed: "a switch for each add-on, and what it has to be told",
    example: "{}",
  })
  .prefault({});
