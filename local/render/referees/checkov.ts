import { realpathSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { execa } from "execa";
import type { Checkov } from "../../toolchain";
import type { Finding, Judged } from "./findings";

/** One framework's part of checkov's answer, as far as we read it. */
export interface CheckovReport {
  readonly check_type: string;
  readonly results: {
    readonly failed_checks?: readonly CheckovCheck[];
    readonly skipped_checks?: readonly CheckovCheck[];
    readonly parsing_errors?: readonly string[];
  };
  readonly summary: { readonly resource_count: number };
}

interface CheckovCheck {
  readonly check_id: string;
  readonly check_name: string;
  readonly file_abs_path: string;
}

/** Nothing listens there: checkov would ask a server of its vendor, waits for it, and goes on without. */
const NOWHERE = "http://127.0.0.1:9";

/**
 * What checkov fails, of its checks of Kubernetes objects and of its search for secrets.
 *
 * @param home where it may write what it would else write into the user's home
 */
export async function askCheckov(
  { python, packages }: Checkov,
  judged: Judged,
  home: string,
  signal: AbortSignal,
): Promise<Finding[]> {
  // It answers with paths in which no link is left.
  const folder = realpathSync(judged.folder);
  const { stdout, stderr } = await execa(
    python,
    [
      // Safe path: nothing in the folder that is judged may run.
      ...["-P", "-m", "checkov.main", "--directory", folder, "--framework", "kubernetes", "secrets"],
      // Not quiet: it would keep what it could not read, and what an object excuses itself from, to itself.
      ...["--output", "json", "--compact", "--skip-download"],
    ],
    {
      cwd: folder,
      extendEnv: false,
      env: {
        PATH: process.env["PATH"] ?? "",
        HOME: home,
        PYTHONPATH: packages,
        PYTHONNOUSERSITE: "1",
        LOG_LEVEL: "ERROR",
        // Renders are in .local.
        CKV_IGNORE_HIDDEN_DIRECTORIES: "False",
        HTTP_PROXY: NOWHERE,
        HTTPS_PROXY: NOWHERE,
      },
      // It fails when it has found something.
      reject: false,
      cancelSignal: signal,
    },
  );
  signal.throwIfAborted();
  if (!/^[[{]/.test(stdout)) throw new Error(`checkov judged nothing: ${stderr || stdout}`);
  const answer = JSON.parse(stdout) as CheckovReport | readonly CheckovReport[];
  return findingsOfCheckov([answer].flat(), { ...judged, folder });
}

export function findingsOfCheckov(reports: readonly CheckovReport[], { stack, folder, manifests }: Judged): Finding[] {
  const kubernetes = reports.find(({ check_type: type }) => type === "kubernetes");
  if (kubernetes === undefined || kubernetes.summary.resource_count === 0) {
    throw new Error("checkov found no Kubernetes object to judge");
  }
  return reports.flatMap(({ results }) => {
    const { failed_checks: failed = [], skipped_checks: excused = [], parsing_errors: unread = [] } = results;
    if (unread.length > 0) throw new Error(`checkov could not read ${unread.join(", ")}`);
    const finding = (check: CheckovCheck, says: string): Finding => {
      const file = relative(folder, check.file_abs_path).split(sep).join("/");
      const object = manifests.find((manifest) => manifest.file === file);
      if (object === undefined) throw new Error(`checkov judged ${join(folder, file)}, which was not rendered`);
      return { referee: "checkov", check: check.check_id, says, stack, object };
    };
    return [
      ...failed.map((check) => finding(check, check.check_name)),
      // Skips are data of ours (skips.ts): an object does not excuse itself.
      ...excused.map((check) => finding(check, `an annotation of the object skips it: ${check.check_name}`)),
    ];
  });
}
