import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";
import { projectRoot } from "../../../local/state";
import { processStart } from "../../../local/toolchain/bootstrap/lock.mjs";
import { nodePins } from "../../../local/toolchain/versions";
import { eventually } from "../../support/eventually";
import { Sandbox } from "../../support/fake-tools";

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What the launcher prints about time differs each time. */
const steady = (text: string) => text.replace(/\d+\.\d s/g, "N s");

describe("the launcher", () => {
  let sandbox: Sandbox;
  let project: string;
  const started: ChildProcess[] = [];

  beforeEach(() => {
    sandbox = new Sandbox();
    project = join(sandbox.root, "a project's folder");
    for (const path of ["local/commands/launch.mjs", "local/toolchain/bootstrap", "local/toolchain/node.json"]) {
      cpSync(join(projectRoot, path), join(project, path), { recursive: true });
    }
    write("package.json", "{}");
    lock("1.0.0");
    command("hello", `console.log(JSON.stringify(process.argv.slice(2))); process.exit(3);`);
    command("doctor", "");
    npm(`mkdir -p node_modules/ts-node && touch node_modules/ts-node/register.js`);
  });

  afterEach(() => {
    for (const child of started.splice(0)) child.kill("SIGKILL");
    sandbox.remove();
  });

  function write(path: string, text: string): void {
    mkdirSync(dirname(join(project, path)), { recursive: true });
    writeFileSync(join(project, path), text);
  }

  function lock(version: string): void {
    write(
      "package-lock.json",
      JSON.stringify({ packages: { "": {}, "node_modules/ts-node": { version, integrity: "sha512-x" } } }),
    );
  }

  /** A command of the project; the launcher recognises one by what it imports. */
  function command(name: string, body: string): void {
    write(`local/commands/${name}.ts`, `// import { runCommand } from "./run-command";\n${body}\n`);
  }

  /** The npm on PATH: notes each call and does `body`. */
  function npm(body: string): void {
    sandbox.script("npm", `echo "$1 $2" >> '${join(sandbox.root, "npm-calls")}'\n${body}`);
  }

  function npmCalls(): string[] {
    const file = join(sandbox.root, "npm-calls");
    return existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
  }

  function start(
    args: readonly string[],
    { node = [], env = {} }: { node?: readonly string[]; env?: NodeJS.ProcessEnv } = {},
  ) {
    const child = spawn(process.execPath, [...node, join(project, "local", "commands", "launch.mjs"), ...args], {
      cwd: sandbox.root,
      env: { ...sandbox.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    started.push(child);
    return child;
  }

  function ended(child: ChildProcess): Promise<Ended> {
    let stdout = "";
    let stderr = "";
    child.stdout?.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    return new Promise((resolve) => {
      child.on("close", (code) => {
        resolve({ code, stdout, stderr: steady(stderr) });
      });
    });
  }

  const launch = (...parameters: Parameters<typeof start>) => ended(start(...parameters));

  /** Lets the launcher believe that it runs elsewhere. */
  function pretend(property: "version" | "platform", value: string): readonly string[] {
    write("pretend.cjs", `Object.defineProperty(process, "${property}", { value: "${value}" });`);
    return ["--require", join(project, "pretend.cjs")];
  }

  it("installs the dependencies, runs the command with its arguments and gives back its exit code", async () => {
    const { code, stdout, stderr } = await launch(["hello", "a b", "--c"]);
    assert.equal(stdout, '["a b","--c"]\n');
    assert.equal(stderr, "Installing npm dependencies ...\nInstalling npm dependencies: done in N s\n");
    assert.equal(code, 3);
    assert.deepEqual(npmCalls(), ["ci --ignore-scripts"]);
  });

  it("says nothing and installs nothing the second time", async () => {
    await launch(["hello"]);
    const { code, stdout, stderr } = await launch(["hello"]);
    assert.deepEqual({ code, stdout, stderr }, { code: 3, stdout: "[]\n", stderr: "" });
    assert.equal(npmCalls().length, 1);
  });

  it("installs again when package-lock.json changed", async () => {
    await launch(["hello"]);
    lock("1.0.1");
    await launch(["hello"]);
    assert.equal(npmCalls().length, 2);
  });

  it("leaves dependencies alone that a person installed and that are the right ones", async () => {
    write("node_modules/ts-node/register.js", "");
    write(
      "node_modules/.package-lock.json",
      JSON.stringify({ packages: { "node_modules/ts-node": { version: "1.0.0", integrity: "sha512-x" } } }),
    );
    assert.equal((await launch(["hello"])).stderr, "");
    lock("1.0.1");
    await launch(["hello"]);
    assert.equal(npmCalls().length, 1);
  });

  it("installs once when two commands start at the same time", async () => {
    npm(`sleep 0.5; mkdir -p node_modules/ts-node && touch node_modules/ts-node/register.js`);
    const both = await Promise.all([launch(["hello"]), launch(["hello"])]);
    assert.deepEqual(
      both.map(({ code }) => code),
      [3, 3],
    );
    assert.equal(npmCalls().length, 1);
    assert.match(both.map(({ stderr }) => stderr).join(""), /Installing npm dependencies: waiting for pid \d+ on /);
  });

  it("says what is missing when there is no network", async () => {
    npm(`echo "npm error code EAI_AGAIN" >&2; exit 1`);
    const { code, stderr } = await launch(["hello"]);
    assert.equal(
      stderr,
      "Installing npm dependencies ...\n" +
        "Error: Installing npm dependencies needs the package registry, which cannot be reached\n" +
        "To fix: connect to the network (behind a proxy set HTTPS_PROXY), then run the same command again\n",
    );
    assert.equal(code, 5);
  });

  it("shows what npm says first when it fails otherwise, and tries again next time", async () => {
    npm(`i=0; while [ $i -lt 20 ]; do echo "npm error line $i" >&2; i=$((i+1)); done; exit 1`);
    const { code, stderr } = await launch(["hello"]);
    assert.equal(
      stderr,
      "Installing npm dependencies ...\n" +
        "Error: Installing npm dependencies failed; npm says:\n" +
        [0, 1, 2, 3, 4, 5].map((line) => `  npm error line ${line}\n`).join("") +
        "To fix: mend what npm names, then run the same command again\n",
    );
    assert.equal(code, 1);
    await launch(["hello"]);
    assert.equal(npmCalls().length, 2);
  });

  it("says how to put a lock file in order that npm refuses", async () => {
    npm(`echo "npm error code EUSAGE" >&2; echo "npm error" >&2; echo "npm error not in sync" >&2; exit 1`);
    assert.equal(
      (await launch(["hello"])).stderr,
      "Installing npm dependencies ...\n" +
        "Error: Installing npm dependencies failed; npm says:\n  npm error code EUSAGE\n  npm error not in sync\n" +
        "To fix: run npm install, which puts package-lock.json in order, then the same command again\n",
    );
  });

  it("says so when there is no npm", async () => {
    rmSync(join(sandbox.bin, "npm"));
    const { code, stderr } = await launch(["hello"]);
    assert.match(
      stderr,
      /\nError: npm is neither on PATH nor did it start this command\nTo fix: install npm \(it comes with Node\.js\) or put it on PATH, then run the same command again\n$/,
    );
    assert.equal(code, 5);
  });

  it("ends npm when it is interrupted meanwhile", async () => {
    npm(`echo $$ > '${join(sandbox.root, "npm-pid")}'; exec sleep 100`);
    const child = start(["hello"]);
    const end = ended(child);
    const pidFile = join(sandbox.root, "npm-pid");
    await eventually(() => existsSync(pidFile) && readFileSync(pidFile, "utf8").endsWith("\n"));
    child.kill("SIGINT");
    assert.equal((await end).code, 6);
    await eventually(() => processStart(Number(readFileSync(pidFile, "utf8"))) === undefined);
    assert.deepEqual(readdirSync(join(sandbox.cache, "locks")), []);
  });

  it("names the nearest command and all others for one that does not exist", async () => {
    const { code, stdout, stderr } = await launch(["docter"]);
    assert.equal(
      stderr,
      "Error: There is no command docter, did you mean doctor?\nTo fix: use one of: doctor, hello\n",
    );
    assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
  });

  it("lists the commands when none is given", async () => {
    const { code, stderr } = await launch([]);
    assert.equal(stderr, "Error: No command given\nTo fix: use one of: doctor, hello\n");
    assert.equal(code, 2);
  });

  it("does not take another module for a command", async () => {
    write("local/commands/helper.ts", "export {};");
    assert.equal((await launch(["helper"])).code, 2);
  });

  it("says in one sentence that Windows itself is not supported", async () => {
    const { code, stderr } = await launch(["hello"], { node: pretend("platform", "win32") });
    assert.equal(
      stderr,
      "Error: Windows itself is not supported: the control plane needs Linux or macOS\n" +
        "To fix: run it inside WSL2 (wsl --install), in a folder of the Linux file system\n",
    );
    assert.equal(code, 5);
  });

  it("calls an unforeseen failure a defect, without its stack", async () => {
    rmSync(join(project, "package-lock.json"));
    const { code, stderr } = await launch(["hello"]);
    assert.match(
      stderr,
      /^This is a defect of ours, not of your input: Error: ENOENT: .*package-lock\.json'\nTo fix: run it again with --debug and report what it prints\n$/,
    );
    assert.equal(code, 1);
  });

  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    it(`passes ${signal} on and waits for the command to end`, async () => {
      command(
        "hello",
        `process.on("${signal}", () => { console.log("got it"); process.exit(6); });
         setInterval(() => {}, 1000); console.log("ready");`,
      );
      const child = start(["hello"]);
      const end = ended(child);
      await new Promise<void>((resolve) => {
        child.stdout.on("data", (chunk: Buffer) => {
          if (chunk.toString().includes("ready")) resolve();
        });
      });
      child.kill(signal);
      const { code, stdout } = await end;
      assert.deepEqual({ code, stdout }, { code: 6, stdout: "ready\ngot it\n" });
    });
  }

  it("says so when the command is killed", async () => {
    command("hello", `process.kill(process.pid, "SIGKILL");`);
    const { code, stderr } = await launch(["hello"]);
    assert.match(
      stderr,
      /Error: The command was ended by SIGKILL\nTo fix: if nobody ended it, free some memory; run the same command again: it resumes\n$/,
    );
    assert.equal(code, 1);
  });

  const attended = () => {
    const file = join(sandbox.root, "attended");
    command(
      "hello",
      `const note = (text) => require("node:fs").appendFileSync(${JSON.stringify(file)}, text + "\\n");
       for (const signal of ["SIGHUP", "disconnect"]) process.on(signal, () => { note(signal); process.exit(6); });
       setInterval(() => {}, 1000); note("ready");`,
    );
    return () => (existsSync(file) ? readFileSync(file, "utf8") : "");
  };

  it("lets the command know when it is killed itself", async () => {
    const noted = attended();
    const child = start(["hello"]);
    await eventually(() => noted() === "ready\n");
    child.kill("SIGKILL");
    await eventually(() => noted() === "ready\ndisconnect\n");
  });

  it("ends the command when the npm that started it is gone", async () => {
    const noted = attended();
    const launcher = `'${process.execPath}' "$PROJECT/local/commands/launch.mjs" hello & wait`;
    const shell = spawn("/bin/sh", ["-c", launcher], {
      env: { ...sandbox.env, PROJECT: project, npm_lifecycle_event: "start" },
      stdio: "ignore",
    });
    started.push(shell);
    await eventually(() => noted() === "ready\n");
    shell.kill("SIGKILL");
    await eventually(() => noted() === "ready\nSIGHUP\n");
  });

  describe("on an older Node", () => {
    const platform = `${process.platform}-${process.arch}`;
    const title = `Fetching Node 24.99.0, because this one is v20.20.0 and ${nodePins.minimum} is needed`;

    /** Makes npm serve a package whose node notes that it ran, and pins it. */
    function offerNode({ integrity }: { integrity?: string } = {}): void {
      const folder = join(sandbox.root, "package", "bin");
      mkdirSync(folder, { recursive: true });
      const ran = join(sandbox.root, "new-node-ran");
      writeFileSync(join(folder, "node"), `#!/bin/sh\necho ran >> '${ran}'\nexec '${process.execPath}' "$@"\n`);
      const archive = join(sandbox.root, "node.tgz");
      execFileSync("tar", ["-czf", archive, "-C", sandbox.root, "package"]);
      const real = `sha512-${createHash("sha512").update(readFileSync(archive)).digest("base64")}`;
      const pin = { name: "some-node", version: "24.99.0", integrity: integrity ?? real };
      write("local/toolchain/node.json", JSON.stringify({ ...nodePins, packages: { [platform]: pin } }));
      npm(
        `case "$1" in
pack) cp '${archive}' "$4/some-node-24.99.0.tgz" ;;
ci) mkdir -p node_modules/ts-node && touch node_modules/ts-node/register.js ;;
esac`,
      );
    }

    it("brings the pinned one once, and runs the command with it first on PATH", async () => {
      offerNode();
      command("hello", `console.log(process.env.PATH.split(":")[0]);`);
      const options = { node: pretend("version", "v20.20.0") };
      const { code, stdout, stderr } = await launch(["hello"], options);
      assert.equal(
        stderr,
        `${title} ...\n${title}: done in N s\nInstalling npm dependencies ...\nInstalling npm dependencies: done in N s\n`,
      );
      assert.equal(code, 0);
      assert(stdout.startsWith(join(sandbox.cache, "node", `v24.99.0-${platform}-`)), stdout);
      assert.equal(readFileSync(join(sandbox.root, "new-node-ran"), "utf8"), "ran\n");

      assert.equal((await launch(["hello"], options)).stderr, "");
      assert.deepEqual(npmCalls(), ["pack some-node@24.99.0", "ci --ignore-scripts"]);
    });

    it("refuses a package whose checksum is not the pinned one, and keeps nothing of it", async () => {
      offerNode({ integrity: "sha512-other" });
      const { code, stderr } = await launch(["hello"], { node: pretend("version", "v20.20.0") });
      assert.equal(
        stderr,
        `${title} ...\n` +
          "Error: The package some-node@24.99.0 is not the one whose checksum is pinned, and was not used\n" +
          `To fix: install Node ${nodePins.minimum} or newer yourself, then run the same command again\n`,
      );
      assert.equal(code, 5);
      assert.deepEqual(readdirSync(join(sandbox.cache, "node")), []);
    });

    it("says so when there is none for the platform", async () => {
      write("local/toolchain/node.json", JSON.stringify({ ...nodePins, packages: {} }));
      const { code, stderr } = await launch(["hello"], { node: pretend("version", "v22.18.0") });
      assert.equal(
        stderr,
        `Error: Node v22.18.0 is too old, and no newer one can be brought for ${platform}\n` +
          `To fix: install Node ${nodePins.minimum} or newer, then run the same command again\n`,
      );
      assert.equal(code, 5);
    });

    it("says what is missing when there is no network", async () => {
      npm(`echo "npm error code ENOTFOUND" >&2; exit 1`);
      const { code, stderr } = await launch(["hello"], { node: pretend("version", "v18.0.0") });
      assert.match(
        stderr,
        /\nError: Fetching Node \S+ needs the package registry, which cannot be reached\nTo fix: connect/,
      );
      assert.equal(code, 5);
    });
  });

  it("is what every npm script is, in no shell's syntax", () => {
    const { scripts } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    for (const [name, script] of Object.entries(scripts))
      assert.equal(script, `node local/commands/launch.mjs ${name}`);
  });
});
