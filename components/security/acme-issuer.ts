import type { ComponentResourceOptions, Resource } from "@pulumi/pulumi";
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";

import { standardLabels } from "../core/labels";
import { StackComponent } from "../core/stack-component";
import type { CertificateIssuer } from "./internal-ca";

/** Let's Encrypt. The staging directory has no limits worth mentioning, and issues what no browser trusts. */
const acmeDirectories = {
  staging: "https://acme-staging-v02.api.letsencrypt.org/directory",
  production: "https://acme-v02.api.letsencrypt.org/directory",
} as const;

type AcmeDirectory = keyof typeof acmeDirectories;

/** Route 53, with the cloud identity of cert-manager's own ServiceAccount: no credential stands anywhere. */
interface Route53Solver {
  readonly kind: "route53";
  readonly region: string;
  /** @default cert-manager finds the zone by the host's name, for which its role has to list all zones */
  readonly hostedZoneId?: string | undefined;
}

/** How the authority is shown that a name is ours. Another provider of DNS is another member of this union. */
type Dns01Solver = Route53Solver;

export interface AcmeIssuerArgs {
  /** The issuer's name in the cluster, which no other stack's may have. */
  readonly issuer: string;
  readonly directory: AcmeDirectory;
  /** Where the authority writes to before a certificate that nobody renewed expires. */
  readonly email: string;
  readonly dns01: Dns01Solver;
  /** cert-manager, which makes something of it. @default none: it is known to be there */
  readonly after?: readonly Resource[] | undefined;
}

/**
 * A public certificate authority that speaks ACME, convinced by DNS records: no request from outside has to reach the cluster, so a host
 * has its certificate before it has traffic, and a preview that only operators reach has one as well.
 *
 * It is a ClusterIssuer and no Issuer: cert-manager uses its own cloud identity for the former alone, since anybody who may create an Issuer in
 * some namespace could use it otherwise. The account's key is made by cert-manager, in its own namespace.
 *
 * The trap: the production directory issues five certificates for the same names a week. Try things out with the staging one.
 *
 * @example new AcmeIssuer("acme", { issuer: "prod-acme", directory: "production", email: "ops@example.com", dns01: { kind: "route53", region: "eu-west-1" } })
 */
export class AcmeIssuer extends StackComponent {
  readonly issuer: CertificateIssuer;

  constructor(name: string, args: AcmeIssuerArgs, options?: ComponentResourceOptions) {
    super("security", name, options);

    const resource = this.createIssuer(args);
    this.issuer = { kind: "ClusterIssuer", name: args.issuer, resource };

    this.registerOutputs({ directory: args.directory });
  }

  private createIssuer({ issuer, directory, email, dns01, after = [] }: AcmeIssuerArgs): CustomResource {
    return new CustomResource(
      `${this.name}-issuer`,
      {
        apiVersion: "cert-manager.io/v1",
        kind: "ClusterIssuer",
        metadata: {
          name: issuer,
          labels: standardLabels({ name: issuer, component: "certificates" }),
          // The account is registered: a wrong address or an unreachable directory shows here, and not in a certificate that never comes.
          annotations: { "pulumi.com/waitFor": "condition=Ready" },
        },
        spec: {
          acme: {
            server: acmeDirectories[directory],
            email,
            // An account per directory: a key of one is unknown to the other.
            privateKeySecretRef: { name: `${issuer}-${directory}` },
            solvers: [{ dns01: solver(dns01) }],
          },
        },
      },
      this.child({ dependsOn: [...after] }),
    );
  }
}

function solver({ region, hostedZoneId }: Dns01Solver) {
  return { route53: { region, ...(hostedZoneId === undefined ? {} : { hostedZoneID: hostedZoneId }) } };
}
