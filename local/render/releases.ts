import { object, text, type JsonObject } from "../plugins/kubernetes/properties";
import { toYaml } from "./manifests";

/** A chart that the stack has Helm install. What the chart makes is no part of a render. */
export interface Release {
  readonly name: string;
  readonly namespace: string;
  readonly chart: string;
  readonly version: string;
  /** @default none: the chart's address says it all */
  readonly repository?: string;
  readonly values: JsonObject;
}

/** Not `.yaml`: kubectl and checkers would take it for objects. */
export const RELEASES_FILE = "helm-releases.txt";

export function toReleases(items: readonly JsonObject[]): readonly Release[] {
  return items
    .map((item) => {
      const repository = text(item, "repositoryOpts", "repo");
      return {
        name: text(item, "name") ?? "",
        namespace: text(item, "namespace") ?? "",
        chart: text(item, "chart") ?? "",
        version: text(item, "version") ?? "",
        ...(repository === undefined ? {} : { repository }),
        values: object(item, "values"),
      };
    })
    .sort((a, b) => (`${a.namespace}/${a.name}` < `${b.namespace}/${b.name}` ? -1 : 1));
}

/** The file's text; undefined when the stack has no release. */
export function listReleases(releases: readonly Release[]): string | undefined {
  if (releases.length === 0) return undefined;
  return `# Charts that the stack has Helm install, with their values. What they make is not in these files.\n${toYaml(releases)}`;
}
