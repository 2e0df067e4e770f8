import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EngineStack } from "../../local/engine/engine";
import { openPreview, stackNames } from "../../local/engine/preview";
import { projectRoot } from "../../local/state";
import { measureOperation } from "./engine-run";
import type { Laboratory } from "./laboratory";
import type { Comparison, Sample, Target } from "./statistics";
import { inRounds, type Rounds, type Suite } from "./suite";

const EMPTY = "an empty program";

/** Issue 3: "evaluation of any stack < 2.5 s and < 250 MB". */
const EVALUATION_TARGETS: readonly Target[] = [
  { quantity: "seconds", atMost: 2.5 },
  { quantity: "megabytes", atMost: 250 },
];

/** Every stack's program, from nothing and without a cluster, against a program that does nothing but import the SDK. */
export const evaluation: Suite = {
  title: "Evaluation of each stack's program (a preview from nothing, without a cluster)",
  secondsBefore: 15,
  secondsPerRound: 8,
  async run(laboratory, rounds) {
    const stacks = new Map([[EMPTY, await openEmpty(laboratory)]]);
    for (const name of await stackNames()) {
      stacks.set(name, await openPreview(laboratory.engine, { from: name, to: `evaluation-${name}` }));
    }
    return comparePrograms(laboratory, rounds, stacks, EMPTY, (name) => `stack ${name}`, EVALUATION_TARGETS);
  },
};

/** Previews stacks in rounds and compares each one's program, and the whole command, with those of `baseline`. */
export async function comparePrograms(
  laboratory: Laboratory,
  rounds: Rounds,
  stacks: ReadonlyMap<string, EngineStack>,
  baseline: string,
  label: (name: string) => string,
  targets: readonly Target[],
): Promise<Comparison[]> {
  const round = async () => {
    const samples = new Map<string, { readonly whole: Sample; readonly program: Sample }>();
    for (const [name, stack] of stacks) {
      const { whole, program } = await measureOperation(laboratory, stack, "preview");
      if (program === undefined) throw new Error(`the program of ${label(name)} left no record`);
      samples.set(name, { whole, program });
    }
    return samples;
  };
  rounds.show("warming up");
  await round();
  const measured = await inRounds(laboratory, rounds, round);
  const pairs = (name: string, part: "whole" | "program") =>
    measured.flatMap((samples) => {
      const [subject, base] = [samples.get(name)?.[part], samples.get(baseline)?.[part]];
      return subject === undefined || base === undefined ? [] : [{ subject, baseline: base }];
    });
  return [...stacks.keys()]
    .filter((name) => name !== baseline)
    .flatMap((name) => [
      { subject: `${label(name)}: program`, baseline, pairs: pairs(name, "program"), targets },
      { subject: `${label(name)}: pulumi preview`, baseline, pairs: pairs(name, "whole") },
    ]);
}

/** The least that a program can be, in a project like ours. */
function openEmpty({ folder, engine }: Laboratory): Promise<EngineStack> {
  const workDir = join(folder, "empty");
  mkdirSync(join(workDir, "infra"), { recursive: true });
  for (const entry of ["node_modules", "package.json", "tsconfig.json", "infra/tsconfig.json"]) {
    symlinkSync(join(projectRoot, entry), join(workDir, entry));
  }
  writeFileSync(join(workDir, "Pulumi.yaml"), "name: monitoring-web-service\nmain: infra\nruntime: nodejs\n");
  writeFileSync(join(workDir, "infra", "index.ts"), 'import "@pulumi/pulumi";\n');
  return EngineStack.open("empty", { ...engine, workDir });
}
