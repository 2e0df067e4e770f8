import type { Progress } from "../../local/progress";

/** Says nothing: a test's output is its assertions. */
export const silent: Progress = {
  note: () => undefined,
  step: (_title, work) => work({ update: () => undefined }),
};
