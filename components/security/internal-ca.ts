import type { ComponentResourceOptions, Resource } from "@pulumi/pulumi";
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";

import { standardLabels } from "../core/labels";
import { StackComponent } from "../core/stack-component";
import type { OwnedNamespace } from "./network-policies";

export interface InternalCaArgs {
  readonly namespace: OwnedNamespace;
  /** cert-manager, which makes something of these objects. @default none: it is known to be there */
  readonly after?: readonly Resource[] | undefined;
}

/** Where a certificate comes from, as cert-manager names it. */
export interface CertificateIssuer {
  readonly kind: "Issuer" | "ClusterIssuer";
  readonly name: string;
  readonly resource: Resource;
}

/** How long the authority itself is valid, and when it is renewed (hours): 5 years, 3 months before its end. */
const CA_LIFETIME = "43800h";
const CA_RENEWAL = "2160h";

/**
 * The certificate authority of everything that speaks TLS inside of the namespace: database, pooler, cache. Its key never leaves
 * the cluster. Clients verify against `ca.crt`, which stands in the Secret of every certificate it issues.
 *
 * The trap: a Secret of a certificate holds the private key too; clients are given its key `ca.crt` alone.
 *
 * @example new InternalCa("internal-ca", { namespace }, options).issuer
 */
export class InternalCa extends StackComponent {
  readonly issuer: CertificateIssuer;

  constructor(name: string, args: InternalCaArgs, options?: ComponentResourceOptions) {
    super("security", name, options);

    const root = this.createIssuer(args, "root", { selfSigned: {} });
    const certificate = this.createCertificate(args, root);
    const issuer = this.createIssuer(args, "issuer", { ca: { secretName: this.name } }, [certificate]);
    this.issuer = { kind: "Issuer", name: `${this.name}-issuer`, resource: issuer };

    this.registerOutputs({});
  }

  private createIssuer(
    { namespace, after = [] }: InternalCaArgs,
    suffix: string,
    spec: object,
    needs: readonly Resource[] = [],
  ): CustomResource {
    const name = `${this.name}-${suffix}`;
    return new CustomResource(
      name,
      {
        apiVersion: "cert-manager.io/v1",
        kind: "Issuer",
        metadata: { name, namespace: namespace.namespace, labels: this.labels(name) },
        spec,
      },
      this.child({ dependsOn: [namespace.resource, ...after, ...needs] }),
    );
  }

  private createCertificate({ namespace }: InternalCaArgs, root: CustomResource): CustomResource {
    return new CustomResource(
      `${this.name}-certificate`,
      {
        apiVersion: "cert-manager.io/v1",
        kind: "Certificate",
        metadata: { name: this.name, namespace: namespace.namespace, labels: this.labels(this.name) },
        spec: {
          isCA: true,
          commonName: `${namespace.namespace} internal`,
          secretName: this.name,
          duration: CA_LIFETIME,
          renewBefore: CA_RENEWAL,
          privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Never" },
          usages: ["cert sign", "crl sign", "digital signature"],
          issuerRef: { group: "cert-manager.io", kind: "Issuer", name: `${this.name}-root` },
        },
      },
      this.child({ dependsOn: [namespace.resource, root] }),
    );
  }

  private labels(name: string) {
    return standardLabels({ name, component: "certificates" });
  }
}
