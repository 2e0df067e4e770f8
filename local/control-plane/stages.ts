import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import type { Crd } from "./crds";

const stage = z.object({
  kind: z.literal("Stage"),
  metadata: z.object({ name: z.string() }),
  spec: z.object({ resourceRef: z.object({ apiGroup: z.string(), kind: z.string() }) }),
});

/** The API groups that every API server serves. */
const BUILT_IN = new Set(["v1", "networking.k8s.io/v1"]);

/**
 * What kwok is told besides its flags: no shell into anything, and kwok's own defaults for the rest, which a configuration
 * without them turns into zeroes that it then refuses.
 */
const SETTINGS = `apiVersion: config.kwok.x-k8s.io/v1alpha1
kind: KwokConfiguration
options:
  cidr: 10.244.0.0/16
  enableDebuggingHandlers: false
  podPlayStageParallelism: 4
  nodePlayStageParallelism: 4
  nodeLeaseParallelism: 4
  podsOnNodeSyncParallelism: 4
`;

/** Our own stages: what provisioners, load balancers and operators would do to their objects' status. */
const OWN_STAGES = join(__dirname, "stages");

/**
 * kwok's configuration: the given stages, and those of ours whose kind exists in the cluster. kwok ends when a stage names a
 * kind that the API server does not know.
 */
export function kwokConfig(stageFiles: readonly string[], crds: readonly Crd[]): string {
  const kinds = new Set(crds.flatMap(({ group, kind, versions }) => versions.map((v) => `${group}/${v} ${kind}`)));
  const given = stageFiles.map((file) => readFileSync(file, "utf8"));
  const own = ownStageFiles()
    .flatMap((file) => parseAllDocuments(readFileSync(file, "utf8")))
    .map((document) => ({ text: document.toString(), stage: stage.parse(document.toJS()) }))
    .filter(({ stage: { spec } }) => {
      const { apiGroup, kind } = spec.resourceRef;
      return BUILT_IN.has(apiGroup) || kinds.has(`${apiGroup} ${kind}`);
    })
    .map(({ text }) => text);
  return [SETTINGS, ...given, ...own].map((text) => text.replace(/^---\n/, "").trimEnd()).join("\n---\n") + "\n";
}

export function ownStageFiles(): readonly string[] {
  return readdirSync(OWN_STAGES)
    .filter((name) => name.endsWith(".yaml"))
    .sort()
    .map((name) => join(OWN_STAGES, name));
}
