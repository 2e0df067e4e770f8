import type { Progress } from "../progress";
import { ensureTools, toolNames } from "../toolchain";
import { EngineStack } from "./engine";
import { heal } from "./heal";
import { objectExists } from "./kubectl";
import type { PreparedEngine } from "./prepare";
import { embeddedTarget, ownClusterTarget, type Target } from "./target";

export interface Session {
  readonly target: Target;
  readonly stack: EngineStack;
}

/**
 * Everything before an operation on a live stack: its cluster, the stack itself, and the repair of what an interrupted run left.
 *
 * @param context a context of the user's kubeconfig; the embedded cluster without it
 */
export async function openSession(
  prepared: PreparedEngine,
  context: string | undefined,
  progress: Progress,
  signal: AbortSignal,
): Promise<Session> {
  const { state } = prepared;
  // All at once, so that the time that is left can be told: the embedded cluster asks for the same again.
  const { kubectl } = await ensureTools(context === undefined ? toolNames : ["kubectl"], progress);
  const target =
    context === undefined ? await embeddedTarget(state, progress, signal) : await ownClusterTarget(state, context);
  const stack = await EngineStack.open(target.stack, {
    ...prepared,
    workDir: target.workDir,
    configuredBy: target.configuredBy,
    environment: { ...prepared.environment, ...target.environment },
  });
  await heal(stack, objectExists(kubectl.path, target.kubeconfig, target.context), progress);
  return { target, stack };
}
