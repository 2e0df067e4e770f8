import { execa } from "execa";
import { tools } from "../../toolchain";
import type { Finding, Judged } from "./findings";

/** As far as we read it (renderer/json_v2 of kube-score). */
interface ScoredObject {
  readonly type_meta: { readonly apiVersion: string; readonly kind: string };
  readonly object_meta: { readonly name: string; readonly namespace?: string };
  readonly checks: readonly ScoredCheck[] | null;
}

interface ScoredCheck {
  readonly check: { readonly id: string; readonly name: string };
  /** 1 critical, 5 warning, 7 almost, 10 fine. */
  readonly grade: number;
  readonly skipped: boolean;
  readonly comments: readonly { readonly path: string; readonly summary: string }[] | null;
}

const WARNING = 5;

/** Critical findings and warnings of kube-score. Kinds that it does not know, custom resources among them, it passes over. */
export async function askKubeScore(executable: string, judged: Judged, signal: AbortSignal): Promise<Finding[]> {
  const [version = ""] = /^v\d+\.\d+/.exec(tools["kube-apiserver"].version) ?? [];
  const { stdout, stderr } = await execa(
    executable,
    [
      "score",
      "--output-format",
      "json",
      "--kubernetes-version",
      version,
      // Skips are data of ours (skips.ts): an object does not excuse itself.
      "--disable-ignore-checks-annotations",
      "--disable-optional-checks-annotations",
      ...judged.manifests.map(({ file }) => file),
    ],
    // It fails when it has found something.
    { cwd: judged.folder, reject: false, cancelSignal: signal },
  );
  signal.throwIfAborted();
  if (!stdout.startsWith("[")) throw new Error(`kube-score judged nothing: ${stderr || stdout}`);
  return findingsOfKubeScore(JSON.parse(stdout) as readonly ScoredObject[], judged);
}

export function findingsOfKubeScore(scored: readonly ScoredObject[], { stack, manifests }: Judged): Finding[] {
  return scored.flatMap(({ type_meta: type, object_meta: meta, checks }) => {
    const failed = (checks ?? []).filter(({ grade, skipped }) => !skipped && grade <= WARNING);
    if (failed.length === 0) return [];
    const object = manifests.find(
      ({ apiVersion, kind, name, namespace = "" }) =>
        apiVersion === type.apiVersion &&
        kind === type.kind &&
        name === meta.name &&
        namespace === (meta.namespace ?? ""),
    );
    if (object === undefined) throw new Error(`kube-score judged ${type.kind} ${meta.name}, which was not rendered`);
    return failed.map(({ check, comments }) => ({
      referee: "kube-score" as const,
      check: check.id,
      says: (comments ?? []).map(describeComment).join("; ") || check.name,
      stack,
      object,
    }));
  });
}

function describeComment({ path, summary }: { readonly path: string; readonly summary: string }): string {
  return path === "" ? summary : `${path}: ${summary}`;
}
