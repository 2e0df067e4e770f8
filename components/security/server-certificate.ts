import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import type { Resource, ResourceOptions } from "@pulumi/pulumi";

import type { Labels } from "../core/labels";
import type { CertificateIssuer } from "./internal-ca";
import type { OwnedNamespace } from "./network-policies";

export interface ServerCertificateArgs {
  readonly namespace: OwnedNamespace;
  readonly issuer: CertificateIssuer;
  /** The certificate's name, and that of the Secret with `tls.crt`, `tls.key` and `ca.crt`. */
  readonly secretName: string;
  /** Every name that clients call the server by. */
  readonly dnsNames: readonly string[];
  readonly labels: Labels;
  /** Put on the Secret, where an operator only watches Secrets that carry it. @default none */
  readonly secretLabels?: Labels;
}

/** How long a server's certificate is valid, and when it is renewed (hours): 90 days, a third of it before its end. */
const LIFETIME = "2160h";
const RENEWAL = "720h";

/** A certificate for a server inside of the cluster; cert-manager makes the Secret and renews it. */
export function serverCertificate(
  name: string,
  args: ServerCertificateArgs,
  options: Pick<ResourceOptions, "parent">,
): CustomResource {
  const dependsOn: readonly Resource[] = [args.namespace.resource, args.issuer.resource];
  return new CustomResource(
    name,
    {
      apiVersion: "cert-manager.io/v1",
      kind: "Certificate",
      metadata: { name: args.secretName, namespace: args.namespace.namespace, labels: { ...args.labels } },
      spec: {
        secretName: args.secretName,
        ...(args.secretLabels === undefined ? {} : { secretTemplate: { labels: { ...args.secretLabels } } }),
        dnsNames: [...args.dnsNames],
        duration: LIFETIME,
        renewBefore: RENEWAL,
        privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
        usages: ["digital signature", "server auth", "client auth"],
        issuerRef: { group: "cert-manager.io", kind: args.issuer.kind, name: args.issuer.name },
      },
    },
    { ...options, dependsOn: [...dependsOn] },
  );
}

/** The names of a Service, from the short one to the full one. */
export function serviceDnsNames(service: string, namespace: string): readonly string[] {
  return [
    service,
    `${service}.${namespace}`,
    `${service}.${namespace}.svc`,
    `${service}.${namespace}.svc.cluster.local`,
  ];
}
