import type { ComponentResourceOptions } from "@pulumi/pulumi";
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";

import { standardLabels } from "../core/labels";
import { StackComponent } from "../core/stack-component";
import type { CertificateIssuer } from "./internal-ca";
import type { OwnedNamespace } from "./network-policies";

export interface PublicCertificateArgs {
  readonly namespace: OwnedNamespace;
  readonly issuer: CertificateIssuer;
  /** The Secret that the routes take their certificate from, and the certificate's own name. */
  readonly secretName: string;
  /** The hosts that it is valid for, the public one first. */
  readonly hosts: readonly string[];
}

/** How long it is valid, and when it is renewed (hours): 90 days, a third of it before its end, so a month is left to notice. */
const LIFETIME = "2160h";
const RENEWAL = "720h";

/** How many requests for it are kept, for whoever has to find out why one failed. */
const HISTORY = 3;

/**
 * The certificate of the hosts that people call. One for the public host and the preview: a route has one Secret, and the preview's name is
 * in it whether or not an idle colour exists, so that no release ever waits for a certificate.
 *
 * The price: both names have to be proven for either, so the preview belongs into a zone that the same DNS rights cover. And the preview's name
 * is public in the logs of certificate transparency; it is closed by its policy and not by its obscurity.
 *
 * An update waits until it is issued: a route whose Secret is missing answers every handshake with an error.
 *
 * @example new PublicCertificate("certificate", { namespace, issuer, secretName: "web-tls", hosts: ["metrics.example.com"] }, options)
 */
export class PublicCertificate extends StackComponent {
  constructor(name: string, args: PublicCertificateArgs, options?: ComponentResourceOptions) {
    super("security", name, options);

    this.createCertificate(args);

    this.registerOutputs({});
  }

  private createCertificate({ namespace, issuer, secretName, hosts }: PublicCertificateArgs): void {
    new CustomResource(
      this.name,
      {
        apiVersion: "cert-manager.io/v1",
        kind: "Certificate",
        metadata: {
          name: secretName,
          namespace: namespace.namespace,
          labels: standardLabels({ name: secretName, component: "certificates" }),
          annotations: { "pulumi.com/waitFor": "condition=Ready" },
        },
        spec: {
          secretName,
          dnsNames: [...hosts],
          duration: LIFETIME,
          renewBefore: RENEWAL,
          revisionHistoryLimit: HISTORY,
          // A new key each time: one that leaked is worth three months at most.
          privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
          usages: ["digital signature", "server auth"],
          issuerRef: { group: "cert-manager.io", kind: issuer.kind, name: issuer.name },
        },
      },
      this.child({ dependsOn: [namespace.resource, issuer.resource] }),
    );
  }
}
