import { CANARY } from "./mocks";
import type { ConfigValues } from "./resources";

/** The settings that each kind of store needs. */
const stores = {
  generated: {},
  aws: { aws: { region: "eu-central-1", role: "arn:aws:iam::123456789012:role/secrets" } },
  vault: { vault: { server: "https://vault.example.com:8200", role: "monitoring" } },
  kubernetes: { kubernetes: { namespace: "monitoring-secrets" } },
} as const;
export type StoreKind = keyof typeof stores;
export const storeKinds = Object.keys(stores) as StoreKind[];

/** The keys that `withStore` sets as Pulumi secrets. */
export const encryptedWith = (kind: StoreKind) => (kind === "generated" ? ["registryPassword", "slackWebhook"] : []);

/** Every secret in use, from one kind of store, by two services of which one asks for all and one for the cache's alone. */
export function withStore(kind: StoreKind) {
  return (config: ConfigValues): void => {
    const secrets = config["secrets"] as Record<string, unknown>;
    secrets["store"] = { ...(secrets["store"] as object), kind, ...stores[kind] };
    config["services"] = {
      "monitoring-web-service": { secrets: ["jwt", "csrf", "encryptionKey", "database", "cache", "slackWebhook"] },
      "mcp-memory": {
        image: `registry.example.com/mcp-memory@sha256:${"0".repeat(64)}`,
        version: "1.0.0",
        egress: ["cache"],
        secrets: ["cache"],
      },
    };
    config["registry"] = { server: "registry.example.com", username: "robot" };
    if (kind !== "generated") return;
    config["registryPassword"] = `${CANARY}-registry`;
    config["slackWebhook"] = `https://hooks.example.com/${CANARY}`;
  };
}
