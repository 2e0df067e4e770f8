import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";

/** The key with which the controller manager and the API server sign service-account tokens. */
export function createKeyPair(): { key: string; publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  return {
    key: privateKey.export({ type: "sec1", format: "pem" }).toString(),
    publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
  };
}

/** The public half of a key in PEM; undefined when the text is no key. */
export function publicKeyOf(key: string): string | undefined {
  try {
    return createPublicKey(createPrivateKey(key)).export({ type: "spki", format: "pem" }).toString();
  } catch {
    return undefined;
  }
}
