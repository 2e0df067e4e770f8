import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { projectRoot } from "../../local/state";

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: unknown;
  readonly concurrency: { readonly group: string };
  readonly jobs: Readonly<Record<string, { readonly permissions?: unknown; readonly steps: readonly Step[] }>>;
}

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

const folder = join(projectRoot, ".github", "workflows");
const { scripts } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};

for (const name of readdirSync(folder)) {
  describe(`the workflow ${name}`, () => {
    const text = readFileSync(join(folder, name), "utf8");
    const workflow = parse(text, { merge: true }) as Workflow;
    const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);

    it("runs only npm scripts that exist, and .ci/run", () => {
      const commands = [...steps.map(({ run }) => run ?? ""), readFileSync(join(projectRoot, ".ci", "run"), "utf8")];
      const named = commands.flatMap((run) => [...run.matchAll(/\bnpm (?:run (?:-s )?([a-z]+)|(start|test)\b)/g)]);
      const unknown = named.map((match) => match[1] ?? match[2] ?? "").filter((script) => !(script in scripts));
      assert.ok(named.length > 0);
      assert.deepEqual(unknown, []);
      assert.ok(steps.some(({ run }) => run === ".ci/run"));
    });

    it("takes actions by commit, not by a tag that can be moved", () => {
      for (const { uses } of steps) if (uses !== undefined) assert.match(uses, /^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
    });

    it("gives nothing away: it may only read, keeps no credentials and trusts no pull request", () => {
      assert.deepEqual(workflow.permissions, { contents: "read" });
      assert.deepEqual(
        Object.values(workflow.jobs).filter((job) => job.permissions !== undefined),
        [],
      );
      assert.ok(!("pull_request_target" in workflow.on));
      assert.doesNotMatch(text, /secrets\./);
      for (const step of steps.filter(({ uses }) => uses?.startsWith("actions/checkout@") === true)) {
        assert.equal(step.with?.["persist-credentials"], false);
      }
    });

    it("keeps the tool cache, by what decides what is in it", () => {
      const caches = steps.filter(({ uses }) => uses?.startsWith("actions/cache@") === true);
      assert.equal(caches.length, Object.keys(workflow.jobs).length);
      for (const { with: settings } of caches) {
        assert.equal(settings?.["path"], "~/.cache/monitoring-web-service");
        assert.match(String(settings["key"]), /hashFiles\('local\/tools\/\*\*', 'local\/toolchain\/versions\.ts'/);
      }
    });

    it("leaves no two runs of one branch running", () => {
      assert.match(workflow.concurrency.group, /github\.ref/);
    });
  });
}
