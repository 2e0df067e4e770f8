import { join } from "node:path";
import { ExitCode, UserError } from "../../errors";
import type { Progress } from "../../progress";
import { toolCache } from "../../state";
import { checkov, ensureCheckov, ensureTools, tools } from "../../toolchain";
import { askCheckov } from "./checkov";
import type { Finding, Judged } from "./findings";
import { askKubeScore } from "./kube-score";
import type { Judgement } from "./verdict";

export type { Finding, Judged } from "./findings";
export { describeSkip } from "./skips";
export { judge, refuseFindings, type Verdict } from "./verdict";

/** Has all referees judge renders. One that cannot run here does not keep the others from it. */
export async function askReferees(
  renders: readonly Judged[],
  progress: Progress,
  signal: AbortSignal,
): Promise<Judgement> {
  const findings: Finding[] = [];
  const absent: UserError[] = [];
  const { "kube-score": kubeScore } = await ensureTools(["kube-score"], progress, { signal });
  const installed = await ensureCheckov(progress, { signal }).catch((error: unknown) => {
    if (!(error instanceof UserError) || error.exitCode !== ExitCode.refused) throw error;
    absent.push(error);
    return undefined;
  });
  for (const judged of renders) {
    await progress.step(`Judging the stack ${judged.stack}`, async (step) => {
      step.update(`kube-score ${tools["kube-score"].version}`);
      findings.push(...(await askKubeScore(kubeScore.path, judged, signal)));
      if (installed === undefined) return;
      step.update(`checkov ${checkov.version}`);
      findings.push(...(await askCheckov(installed, judged, join(toolCache(), "home"), signal)));
    });
  }
  return { findings, absent };
}
