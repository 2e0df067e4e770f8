import { CANARY } from "./mocks";
import type { ConfigValues } from "./resources";

/** Every optional thing at once, so that no kind of resource escapes the rules. */
export function everything(config: ConfigValues): void {
  config["release"] = {
    active: "blue",
    blue: (config["release"] as { blue: unknown }).blue,
    green: (config["release"] as { blue: unknown }).blue,
  };
  config["services"] = {
    "monitoring-web-service": { secrets: ["jwt", "csrf", "encryptionKey", "database", "cache", "slackWebhook"] },
    "mcp-memory": {
      image: `registry.example.com/mcp-memory@sha256:${"0".repeat(64)}`,
      version: "1.0.0",
      egress: ["cache", "https", "monitoring-web-service"],
      secrets: ["cache"],
      apiAccess: [{ apiGroup: "", resource: "configmaps", names: ["release-record"], verbs: ["get"] }],
    },
  };
  config["network"] = {
    apiServer: { cidrs: ["10.20.0.0/24"], port: 6443 },
    nodes: ["10.30.0.0/16"],
    nodeLocalDns: ["169.254.20.10/32"],
  };
  config["registry"] = { server: "registry.example.com", username: "robot" };
  config["registryPassword"] = `${CANARY}-registry`;
  config["slackWebhook"] = `https://hooks.example.com/${CANARY}`;
}

/** Those of its keys that are Pulumi secrets. */
export const encrypted = ["registryPassword", "slackWebhook"];
