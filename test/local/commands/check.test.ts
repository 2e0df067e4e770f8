import assert from "node:assert/strict";
import { ProjectCopy } from "../../support/project-copy";

const scripts = {
  prettier: "prettier/bin/prettier.cjs",
  eslint: "eslint/bin/eslint.js",
  tsc: "typescript/bin/tsc",
  knip: "knip/bin/knip.js",
} as const;

describe("npm run check", () => {
  let project: ProjectCopy;

  beforeEach(() => {
    project = new ProjectCopy(["local/commands/check.ts"]);
    project.link("node_modules/ora");
    for (const script of Object.values(scripts)) tool(script, "");
  });

  afterEach(() => {
    project.remove();
  });

  function tool(script: string, body: string): void {
    project.write(`node_modules/${script}`, body);
  }

  const steady = (text: string) => text.replace(/\d+\.\d s/g, "N s");

  it("runs every check and says so in a line each", () => {
    const { stdout, stderr, status } = project.run("check");
    assert.equal(steady(stdout), "ok     prettier (N s)\nok     eslint (N s)\nok     tsc (N s)\nok     knip (N s)\n");
    assert.deepEqual({ stderr, status }, { stderr: "", status: 0 });
  });

  it("goes on after a check that fails, shows what it said, and names all that failed with their remedies", () => {
    tool(scripts.prettier, `console.error("a.ts is not formatted"); process.exit(1);`);
    tool(scripts.tsc, `console.log("b.ts(1,1): error TS1"); process.exit(2);`);
    const { stdout, stderr, status } = project.run("check");
    assert.equal(
      steady(stdout),
      "FAILED prettier (N s)\na.ts is not formatted\nok     eslint (N s)\nFAILED tsc (N s)\nb.ts(1,1): error TS1\nok     knip (N s)\n",
    );
    assert.equal(
      stderr,
      "Error: 2 of 4 checks failed: prettier, tsc\nTo fix: npx prettier --write .; mend the types\n",
    );
    assert.equal(status, 1);
  });

  it("counts a tool that is not installed as failed", () => {
    tool(scripts.knip, "import nothing from 'not-there'");
    assert.equal(project.run("check").status, 1);
  });

  it("takes no arguments", () => {
    const { stderr, status } = project.run("check", ["--fix"]);
    assert.equal(stderr, "Error: check takes no arguments, not --fix\nTo fix: npm run check\n");
    assert.equal(status, 2);
  });
});
