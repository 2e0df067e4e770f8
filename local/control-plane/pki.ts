import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import { createRequire } from "node:module";
import { join } from "node:path";
import type * as Certificates from "./certificates";
import { readIfThere, writeAtomically } from "./files";
import { createKeyPair, publicKeyOf } from "./service-account-key";

/** A certificate and its key, as PEM text and as the files that hold them. */
export interface Credentials {
  readonly certificate: string;
  readonly key: string;
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** What each certificate says; `groups` become Kubernetes groups. */
interface Subject {
  readonly commonName: string;
  readonly groups?: readonly string[];
  readonly use: "client" | "server" | "peer";
}

const SUBJECTS = {
  "kube-apiserver": { commonName: "kube-apiserver", use: "server" },
  "loopback-server": { commonName: "localhost", use: "server" },
  etcd: { commonName: "etcd", use: "peer" },
  "etcd-client": { commonName: "kube-apiserver-etcd-client", use: "client" },
  admin: { commonName: "local-admin", groups: ["system:masters"], use: "client" },
  "kube-controller-manager": { commonName: "system:kube-controller-manager", use: "client" },
  "kube-scheduler": { commonName: "system:kube-scheduler", use: "client" },
  // It plays kubelet, provisioner and operators: there is hardly an object whose status it does not write.
  kwok: { commonName: "local-environment:kwok", groups: ["system:masters"], use: "client" },
} as const satisfies Record<string, Subject>;

type CertificateName = keyof typeof SUBJECTS;

const certificateNames = Object.keys(SUBJECTS) as CertificateName[];

/** etcd trusts an authority of its own: a client of the API server is no client of etcd. */
const AUTHORITY_OF: Readonly<Partial<Record<CertificateName, "etcd-ca">>> = {
  etcd: "etcd-ca",
  "etcd-client": "etcd-ca",
};

/** The environment lives on one machine and its keys never leave it: nobody is served by a renewal (days). */
const VALID_DAYS = 3650;

/** A certificate that ends sooner than this is issued anew (days). */
const RENEW_DAYS = 30;

const DAY = 24 * 60 * 60 * 1000;

export interface Pki {
  readonly authority: Credentials;
  readonly etcdAuthority: Credentials;
  readonly serviceAccountKeyFile: string;
  /** The public half of the service-account key: with it the API server checks tokens. */
  readonly serviceAccountPublicKeyFile: string;
  readonly certificates: Readonly<Record<CertificateName, Credentials>>;
  /** Changes with any key or certificate. */
  readonly fingerprint: string;
}

/**
 * Certificates and keys of the environment. What is missing, cut off, expired or does not belong together is made anew: all
 * certificates of an authority with the authority, one certificate by itself.
 */
export async function ensurePki(folder: string): Promise<Pki> {
  const authority = load(folder, "ca") ?? (await issueAuthority(folder, "ca"));
  const etcdAuthority = load(folder, "etcd-ca") ?? (await issueAuthority(folder, "etcd-ca"));
  const issued = new Map<CertificateName, Credentials>();
  for (const name of certificateNames) {
    const issuer = AUTHORITY_OF[name] === "etcd-ca" ? etcdAuthority : authority;
    issued.set(name, load(folder, name, issuer) ?? (await issue(folder, name, SUBJECTS[name], issuer)));
  }
  return assemble(authority, etcdAuthority, issued, ensureServiceAccountKey(folder));
}

/** What {@link ensurePki} made; undefined when anything of it is missing or not usable. */
export function loadPki(folder: string): Pki | undefined {
  const authority = load(folder, "ca");
  const etcdAuthority = load(folder, "etcd-ca");
  const serviceAccount = loadServiceAccountKey(folder);
  if (authority === undefined || etcdAuthority === undefined || serviceAccount === undefined) return undefined;
  const found = new Map<CertificateName, Credentials>();
  for (const name of certificateNames) {
    const credentials = load(folder, name, AUTHORITY_OF[name] === "etcd-ca" ? etcdAuthority : authority);
    if (credentials === undefined) return undefined;
    found.set(name, credentials);
  }
  return assemble(authority, etcdAuthority, found, serviceAccount);
}

function assemble(
  authority: Credentials,
  etcdAuthority: Credentials,
  issued: ReadonlyMap<CertificateName, Credentials>,
  serviceAccount: ServiceAccountKey,
): Pki {
  const fingerprint = createHash("sha256");
  const texts = [authority, etcdAuthority, ...issued.values()].map(({ certificate }) => certificate);
  for (const text of [...texts, serviceAccount.publicKey]) fingerprint.update(text);
  return {
    authority,
    etcdAuthority,
    serviceAccountKeyFile: serviceAccount.keyFile,
    serviceAccountPublicKeyFile: serviceAccount.publicKeyFile,
    certificates: Object.fromEntries(issued) as Record<CertificateName, Credentials>,
    fingerprint: fingerprint.digest("hex"),
  };
}

/** The credentials in `folder` if they are whole, belong together, are signed by `issuer` and last a while. */
function load(folder: string, name: string, issuer?: Credentials): Credentials | undefined {
  const certificateFile = join(folder, `${name}.crt`);
  const keyFile = join(folder, `${name}.key`);
  const certificate = readIfThere(certificateFile);
  const key = readIfThere(keyFile);
  if (certificate === undefined || key === undefined) return undefined;
  try {
    const parsed = new X509Certificate(certificate);
    const signer = issuer === undefined ? parsed : new X509Certificate(issuer.certificate);
    const whole =
      parsed.checkPrivateKey(createPrivateKey(key)) &&
      parsed.verify(signer.publicKey) &&
      parsed.validToDate.getTime() > Date.now() + RENEW_DAYS * DAY;
    return whole ? { certificate, key, certificateFile, keyFile } : undefined;
  } catch {
    return undefined;
  }
}

async function issueAuthority(folder: string, name: "ca" | "etcd-ca"): Promise<Credentials> {
  return save(folder, name, await certificates().createAuthority(`local-environment-${name}`, VALID_DAYS));
}

async function issue(folder: string, name: string, subject: Subject, issuer: Credentials): Promise<Credentials> {
  return save(folder, name, await certificates().createCertificate({ ...subject, days: VALID_DAYS }, issuer));
}

/** Loaded when needed: it takes longer than everything else here, and is needed once in an environment's life. */
function certificates(): typeof Certificates {
  return createRequire(__filename)("./certificates") as typeof Certificates;
}

interface ServiceAccountKey {
  readonly keyFile: string;
  readonly publicKeyFile: string;
  readonly publicKey: string;
}

function loadServiceAccountKey(folder: string): ServiceAccountKey | undefined {
  const keyFile = join(folder, "service-account.key");
  const publicKeyFile = join(folder, "service-account.pub");
  const key = readIfThere(keyFile);
  const publicKey = key === undefined ? undefined : publicKeyOf(key);
  const whole = publicKey !== undefined && readIfThere(publicKeyFile) === publicKey;
  return whole ? { keyFile, publicKeyFile, publicKey } : undefined;
}

/** A new key makes all service-account tokens invalid; the cluster's controllers make new ones. */
function ensureServiceAccountKey(folder: string): ServiceAccountKey {
  const found = loadServiceAccountKey(folder);
  if (found !== undefined) return found;
  const keyFile = join(folder, "service-account.key");
  const publicKeyFile = join(folder, "service-account.pub");
  const { key, publicKey } = createKeyPair();
  writeAtomically(keyFile, key);
  writeAtomically(publicKeyFile, publicKey);
  return { keyFile, publicKeyFile, publicKey };
}

function save(folder: string, name: string, made: { certificate: string; key: string }): Credentials {
  const certificateFile = join(folder, `${name}.crt`);
  const keyFile = join(folder, `${name}.key`);
  writeAtomically(keyFile, made.key);
  writeAtomically(certificateFile, made.certificate);
  return { ...made, certificateFile, keyFile };
}
