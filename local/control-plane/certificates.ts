import "reflect-metadata";
import { randomBytes, webcrypto } from "node:crypto";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
  type Extension,
  type JsonName,
} from "@peculiar/x509";

export interface Made {
  readonly certificate: string;
  readonly key: string;
}

export interface CertificateRequest {
  readonly commonName: string;
  /** Organizations, which Kubernetes reads as groups. */
  readonly groups?: readonly string[];
  readonly use: "client" | "server" | "peer";
  readonly days: number;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

const DAY = 24 * 60 * 60 * 1000;

/** Names under which clients on this machine, and the API server's own clients inside the cluster, reach a server. */
const SERVER_NAMES = ["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"];
const SERVER_ADDRESSES = ["127.0.0.1", "::1", "10.96.0.1"];

const USAGES = {
  client: [ExtendedKeyUsage.clientAuth],
  server: [ExtendedKeyUsage.serverAuth],
  peer: [ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth],
};

/** A new certificate authority that signs end certificates only. */
export async function createAuthority(commonName: string, days: number): Promise<Made> {
  const keys = await newKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    ...validity(days),
    serialNumber: serialNumber(),
    name: [{ CN: [commonName] }],
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: pem(certificate), key: await exportKey(keys.privateKey) };
}

/** A new key and a certificate for it, signed by `issuer`. */
export async function createCertificate(request: CertificateRequest, issuer: Made): Promise<Made> {
  const keys = await newKeys();
  const authority = new X509Certificate(issuer.certificate);
  const signingKey = await webcrypto.subtle.importKey("pkcs8", PemConverter.decodeFirst(issuer.key), ALGORITHM, false, [
    "sign",
  ]);
  const name: JsonName = [...(request.groups ?? []).map((group) => ({ O: [group] })), { CN: [request.commonName] }];
  const extensions: Extension[] = [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension(USAGES[request.use]),
    await SubjectKeyIdentifierExtension.create(keys.publicKey),
    await AuthorityKeyIdentifierExtension.create(authority.publicKey),
  ];
  if (request.use !== "client") {
    extensions.push(
      new SubjectAlternativeNameExtension([
        ...SERVER_NAMES.map((value) => ({ type: "dns" as const, value })),
        ...SERVER_ADDRESSES.map((value) => ({ type: "ip" as const, value })),
      ]),
    );
  }
  const certificate = await X509CertificateGenerator.create({
    ...validity(request.days),
    serialNumber: serialNumber(),
    subject: name,
    issuer: authority.subject,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: ALGORITHM,
    extensions,
  });
  return { certificate: pem(certificate), key: await exportKey(keys.privateKey) };
}

function validity(days: number): { notBefore: Date; notAfter: Date } {
  // A day back: clocks of virtual machines jump.
  return { notBefore: new Date(Date.now() - DAY), notAfter: new Date(Date.now() + days * DAY) };
}

/** Positive, as RFC 5280 asks: the first bit is zero. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0] ?? 0) & 0x7f;
  return bytes.toString("hex");
}

async function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return `${PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY")}\n`;
}

function pem(certificate: X509Certificate): string {
  return `${certificate.toString("pem")}\n`;
}
