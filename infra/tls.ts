import type { ComponentResourceOptions, Resource } from "@pulumi/pulumi";

import type { PlatformAddons } from "../components/cluster/platform-addons";
import { AcmeIssuer } from "../components/security/acme-issuer";
import type { AppNamespace } from "../components/security/app-namespace";
import { type CertificateIssuer, InternalCa } from "../components/security/internal-ca";
import { PublicCertificate } from "../components/security/public-certificate";
import type { StackConfig } from "./config";
import { previewHost } from "./config/checks";

export interface Tls {
  /** Issues the certificates of servers inside of the cluster. */
  readonly internal: CertificateIssuer;
  /** What routes come after: their certificate, unless somebody else keeps it. */
  readonly ready: readonly Resource[];
}

/** The stack's own certificate authority, and the certificate of the hosts that people call. */
export function createTls(
  config: StackConfig,
  namespace: AppNamespace,
  platform: PlatformAddons,
  options: ComponentResourceOptions,
): Tls {
  const { traffic, tls } = config;
  const after = platform.after("cert-manager");
  const internal = new InternalCa("internal-ca", { namespace, after }, options).issuer;
  if (tls.issuer === "existing") return { internal, ready: [] };
  const certificate = new PublicCertificate(
    "certificate",
    {
      namespace,
      issuer: tls.issuer === "acme" ? createAcme(config, after, options) : internal,
      secretName: traffic.tls.secretName,
      hosts: [traffic.host, previewHost(traffic)],
    },
    options,
  );
  return { internal, ready: [certificate] };
}

function createAcme(
  { environment, namespace, tls: { acme } }: StackConfig,
  after: readonly Resource[],
  options: ComponentResourceOptions,
): CertificateIssuer {
  const usual = environment === "production" ? "production" : "staging";
  return new AcmeIssuer(
    "acme",
    {
      issuer: `${namespace}-acme`,
      directory: acme.directory ?? usual,
      email: acme.email,
      dns01: acme.dns01,
      after,
    },
    options,
  ).issuer;
}
