import assert from "node:assert/strict";
import { ProjectCopy } from "../../support/project-copy";

/** Says what it is asked for instead of building it. */
const TOOLCHAIN = `
const say = (what: string) => () => { console.log(what); return Promise.resolve([]); };
export const toolNames = ["pulumi"];
export const refereeNames = ["kube-score"];
export const ensureTools = say("tools made");
export const ensureCrds = say("CRDs made");
export const kwokStages = say("stages made");
export const ensureCheckov = say("checkov made");
`;

describe("npm test", () => {
  let project: ProjectCopy;

  beforeEach(() => {
    project = new ProjectCopy(["package.json", "local/commands/test.ts", "test/support/counting-reporter.ts"]);
    project.link("node_modules");
    project.write("local/toolchain/index.ts", TOOLCHAIN);
    project.write("test/good.test.ts", `it("adds", () => {}); it("subtracts", () => {});`);
    project.write("test/end-to-end/whole.test.ts", `it("works as a whole", () => {});`);
  });

  afterEach(() => {
    project.remove();
  });

  function test(...args: readonly string[]) {
    const { stdout, status } = project.run("test", args);
    return { last: stdout.trimEnd().split("\n").at(-1), status, stdout };
  }

  it("runs all tests and ends with their counts", () => {
    const { last, status } = test();
    assert.deepEqual({ last, status }, { last: "3 passed, 0 failed", status: 0 });
  });

  it("leaves out the end-to-end tests with --unit", () => {
    const { last, stdout } = test("--unit");
    assert.equal(last, "2 passed, 0 failed");
    assert(!stdout.includes("works as a whole"));
  });

  it("makes the tools before the first test that needs them, and none for --unit", () => {
    const made = "tools made\nCRDs made\nstages made\ncheckov made\n";
    assert(test().stdout.startsWith(made));
    assert(!test("--unit").stdout.includes("made"));
  });

  it("passes what it does not know itself on to mocha", () => {
    assert.equal(test("--grep", "adds").last, "1 passed, 0 failed");
    assert.equal(test("test/good.test.ts").last, "2 passed, 0 failed");
  });

  it("fails when a test fails, with real counts", () => {
    project.write("test/bad.test.ts", `it("breaks", () => { throw new Error("broken"); });`);
    const { last, status, stdout } = test();
    assert.deepEqual({ last, status }, { last: "3 passed, 1 failed", status: 1 });
    assert.match(stdout, /Error: broken/);
  });

  it("fails when a hook fails", () => {
    project.write(
      "test/bad.test.ts",
      `describe("x", () => { before(() => { throw new Error("no"); }); it("y", () => {}); });`,
    );
    const { last, status } = test();
    assert.deepEqual({ last, status }, { last: "3 passed, 1 failed", status: 1 });
  });

  it("fails when no test ran", () => {
    const { last, status } = test("--grep", "no such test");
    assert.deepEqual({ last, status }, { last: "0 passed, 0 failed", status: 1 });
  });

  it("fails when a test file does not load", () => {
    project.write("test/bad.test.ts", `throw new Error("does not load");`);
    const { last, status } = test();
    assert.deepEqual({ last, status }, { last: "0 passed, 1 failed", status: 1 });
  });

  it("fails when mocha ends before its end", () => {
    project.write("test/bad.test.ts", `it("ends everything", () => { process.exit(0); });`);
    const { last, status } = test("--sort");
    assert.deepEqual({ last, status }, { last: "0 passed, 1 failed", status: 1 });
  });
});
