import { readFileSync } from "node:fs";
import { join } from "node:path";

import { projectRoot } from "../state";

/** The providers that the stack uses. */
export const providerNames = ["aws", "docker", "kubernetes", "random"] as const;

export type ProviderName = (typeof providerNames)[number];

/** Versions of providers whose npm package is no dependency yet; once it is one, its own version counts. */
const PINNED: Readonly<Partial<Record<ProviderName, string>>> = { aws: "7.48.0", docker: "5.2.0" };

/**
 * The version of a provider plugin: the engine asks for the one that the installed npm package pins.
 *
 * @throws Error when the package is neither installed nor pinned here: a defect of this table
 */
export function providerVersion(name: ProviderName, root: string = projectRoot): string {
  const version = packageVersion(name, root) ?? PINNED[name];
  if (version === undefined) throw new Error(`no version is known of the ${name} provider`);
  return version;
}

function packageVersion(name: string, root: string): string | undefined {
  let manifest: unknown;
  try {
    manifest = JSON.parse(readFileSync(join(root, "node_modules", "@pulumi", name, "package.json"), "utf8"));
  } catch {
    return undefined;
  }
  return typeof manifest === "object" &&
    manifest !== null &&
    "version" in manifest &&
    typeof manifest.version === "string"
    ? manifest.version
    : undefined;
}
