import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import { stackNames } from "../../local/engine/preview";
import { ExitCode } from "../../local/errors";
import { writeFolder } from "../../local/render/folder";
import { toManifests } from "../../local/render/manifests";
import { askReferees, judge, type Judged } from "../../local/render/referees";
import { renderStacks, type Render } from "../../local/render/render";
import { stateFolder } from "../../local/state";
import { Checkout } from "../support/checkout";
import { embedded, type Embedded } from "../support/embedded";
import { silent } from "../support/silent";

describe("a render", function () {
  this.timeout(240_000);
  const root = mkdtempSync(join(tmpdir(), "render-"));
  const options = { progress: silent, signal: new AbortController().signal };
  const folderOf = ({ stack }: Render) => join(root, "manifests", stack);
  let renders: readonly Render[];

  before(async () => {
    renders = await renderStacks(stateFolder(join(root, "state")), await stackNames(), options);
    for (const render of renders) writeFolder(folderOf(render), render.files);
  });

  after(() => {
    rmSync(root, { recursive: true });
  });

  it("is the same, byte for byte, a second time", async () => {
    const [first] = renders;
    assert(first !== undefined);
    const [again] = await renderStacks(stateFolder(join(root, "other")), [first.stack], options);
    assert.deepEqual([...(again?.files ?? [])], [...first.files]);
  });

  it("refers to objects by the names that they have in it", () => {
    for (const { stack, manifests } of renders) {
      const deployments = manifests.filter(({ kind }) => kind === "Deployment");
      const named = deployments.flatMap(({ yaml }) => yaml.match(/[\w-]+-autoname\b/g) ?? []);
      const known = new Set(manifests.map(({ name }) => name));
      assert.ok(named.length > 0, stack);
      assert.deepEqual(
        named.filter((name) => !known.has(name)),
        [],
      );
    }
  });

  it("knows everything of the committed stacks before they run", () => {
    for (const { files } of renders) assert.doesNotMatch([...files.values()].join(""), /unknown-until-applied/);
  });

  it("leaves nothing behind of the state that it was made in", () => {
    const engine = join(root, "state", "render", ".engine");
    assert.deepEqual(readdirSync(engine).sort(), ["pulumi"]);
  });

  describe("before the referees", () => {
    const ask = async (judged: readonly Judged[]) => askReferees(judged, silent, options.signal);

    it("is found without a fault, bar what is skipped for a reason that still holds", async function () {
      const judgement = await ask(renders.map((render) => ({ ...render, folder: folderOf(render) })));
      const { failed, stale, absent } = judge(judgement, true);
      assert.deepEqual(
        failed.map(({ referee, check, stack, object, says }) => [referee, check, stack, object.file, says]),
        [],
      );
      assert.deepEqual(stale, []);
      // A developer may be without Python; continuous integration must not.
      if (absent.length > 0 && process.env["CI"] === undefined) this.skip();
      assert.deepEqual(absent, []);
    });

    it("would not be, with a pod as beginners write it", async () => {
      const manifests = toManifests([
        {
          apiVersion: "v1",
          kind: "Pod",
          metadata: { name: "bare", namespace: "shop", annotations: { "checkov.io/skip1": "CKV_K8S_8=because" } },
          spec: { containers: [{ name: "bare", image: "nginx" }] },
        },
      ]);
      const folder = join(root, "bare");
      writeFolder(folder, new Map(manifests.map(({ file, yaml }) => [file, yaml])));
      const { findings, absent } = await ask([{ stack: "bare", folder, manifests }]);
      const checks = findings.map(({ check }) => check);
      assert.ok(checks.includes("container-resources"));
      // The first is a finding of checkov's, the second one that the object excuses itself from.
      if (absent.length === 0)
        for (const check of ["CKV_K8S_20", "CKV_K8S_8"]) assert.ok(checks.includes(check), check);
    });
  });

  describe("before the API server", () => {
    let cluster: Embedded;

    before(async () => {
      cluster = await embedded();
    });

    const made = new Set<string>();

    /** A dry run has no namespace to put things into, so these are made in earnest. */
    async function makeNamespaces(render: Render): Promise<void> {
      for (const { kind, file } of render.manifests) {
        if (kind !== "Namespace") continue;
        await cluster.kubectl("apply", "--server-side", "-f", join(folderOf(render), file));
        made.add(join(folderOf(render), file));
      }
    }

    // Other tests share the cluster, and may want these names.
    after(async () => {
      for (const file of made) await cluster.kubectl("delete", "--ignore-not-found", "-f", file);
    });

    async function dryRun(render: Render, files: readonly string[]) {
      const { kubeconfig, context } = cluster.environment;
      const named = files.flatMap((file) => ["--filename", file]);
      return execa(
        cluster.kubectlPath,
        ["--kubeconfig", kubeconfig, "--context", context, "apply", "--server-side", "--dry-run=server", ...named],
        { cwd: folderOf(render), reject: false },
      );
    }

    it("is accepted in a dry run, every object of every stack, without an error or a warning", async () => {
      for (const render of renders) {
        await makeNamespaces(render);
        const judged = render.manifests;
        const { exitCode, stdout, stderr } = await dryRun(
          render,
          judged.map(({ file }) => file),
        );
        assert.deepEqual({ exitCode, stderr }, { exitCode: 0, stderr: "" }, render.stack);
        assert.equal(stdout.split("\n").length, judged.length, stdout);
      }
    });

    it("would not be, with a field that no API knows or a pod that Pod Security forbids", async () => {
      const [render] = renders;
      const deployment = render?.manifests.find(({ kind }) => kind === "Deployment");
      assert(render !== undefined && deployment !== undefined);
      const broken = async (change: (yaml: string) => string) => {
        const yaml = change(deployment.yaml);
        assert.notEqual(yaml, deployment.yaml);
        const file = join(root, "broken.yaml");
        writeFileSync(file, yaml);
        return (await dryRun(render, [file])).stderr;
      };
      assert.match(
        await broken((yaml) => yaml.replace("progressDeadlineSeconds", "progressDeadline")),
        /unknown field|field not declared/,
      );
      assert.match(
        await broken((yaml) => yaml.replace("runAsNonRoot: true", "runAsNonRoot: false")),
        /Warning: would violate PodSecurity/,
      );
    });
  });
});

describe("npm run render", function () {
  this.timeout(240_000);
  let checkout: Checkout;
  let source: string;
  let program: string;

  before(() => {
    checkout = new Checkout();
    program = join(checkout.root, "infra", "index.ts");
    source = readFileSync(program, "utf8");
  });

  after(async () => {
    await checkout.remove();
  });

  const render = (...args: readonly string[]) => checkout.run("render", ["--stack", "local", ...args]);

  /** Adds resources to the program. */
  function add(resources: string): void {
    const imports = [
      `import { interpolate, unsecret } from "@pulumi/pulumi";`,
      `import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap";`,
      `import { Pod } from "@pulumi/kubernetes/core/v1/pod";`,
      `import { Service } from "@pulumi/kubernetes/core/v1/service";`,
      `import { Release } from "@pulumi/kubernetes/helm/v3/release";`,
      `import { RandomPassword } from "@pulumi/random";`,
    ];
    const changed = source.replace(
      "  return stackOutputs({",
      `  const provider = cluster.provider;\n${resources}\n  return stackOutputs({`,
    );
    writeFileSync(program, `${imports.join("\n")}\n${changed}`);
  }

  const SERVICE = `const probe = new Service("probe", { metadata: { name: "probe" }, spec: { ports: [{ port: 80 }] } }, { provider });`;
  const PASSWORD = `const password = new RandomPassword("password", { length: 32 });`;
  const out = (file: string) => readFileSync(join(checkout.root, ".local", "render", "local", file), "utf8");
  const configMap = (data: string) =>
    `new ConfigMap("probe", { metadata: { name: "probe" }, data: ${data} }, { provider });`;

  it("says what it wrote, and what comes next", async () => {
    const { code, stdout, stderr } = await render("--json");
    assert.equal(code, 0, stderr);
    const { stacks } = JSON.parse(stdout) as { stacks: { local: { folder: string; objects: { file: string }[] } } };
    for (const { file } of stacks.local.objects) assert.ok(existsSync(join(stacks.local.folder, file)), file);
    assert.match(stderr, /^Next: npm run render -- --check/m);
  });

  it("marks what only the cluster can tell, hides what is secret, and makes no objects of a chart up", async () => {
    add(`${SERVICE}
      ${PASSWORD}
      ${configMap("{ url: interpolate`http://${probe.spec.clusterIP}/`, hidden: password.result, open: unsecret(password.result) }")}
      new Release("probe", {
        name: "probe", namespace: "probe", chart: "probe", version: "1.2.3",
        repositoryOpts: { repo: "https://charts.example.com" }, values: { replicas: 2, password: password.result },
      }, { provider });`);
    const { code, stdout, stderr } = await render();
    assert.equal(code, 0, stderr);
    assert.match(
      stdout,
      /^local: \d+ objects in .*render\/local \(and \d+ Helm releases listed in helm-releases\.txt\)\n$/,
    );
    const map = parse(out("_cluster/configmap-probe.yaml")) as { data: unknown };
    assert.deepEqual(map.data, { url: "unknown-until-applied", hidden: "hidden", open: "unknown-until-applied" });
    const releases = parse(out("helm-releases.txt")) as { readonly name: string }[];
    const release = releases.find(({ name }) => name === "probe");
    assert.deepEqual(release, {
      name: "probe",
      namespace: "probe",
      chart: "probe",
      version: "1.2.3",
      repository: "https://charts.example.com",
      values: { replicas: 2, password: "hidden" },
    });
  });

  it("prints with --check what the referees hold against it, and every skip with its reason", async () => {
    add(`new Pod("probe", {
      metadata: { name: "probe", namespace: config.namespace },
      spec: { containers: [{ name: "probe", image: "registry.example.com/probe" }] },
    }, { provider });`);
    const { code, stdout, stderr } = await render("--check");
    assert.equal(code, ExitCode.failed);
    assert.match(
      stdout,
      /^FAILED {2}kube-score container-resources\n {8}local: Pod monitoring-web-service-local\/probe: /m,
    );
    assert.match(stdout, /^skipped kube-score pod-probes-identical: .*\n {8}because /m);
    assert.match(stdout, /^\d+ failed, \d+ skipped for \d+ reasons$/m);
    assert.match(stderr, /^To fix: mend the components, or put the skip with its reason into /m);
  });

  it("fails rather than leave out what only the cluster can tell", async () => {
    add(`${SERVICE}\n${configMap("{ address: probe.spec.clusterIP }")}`);
    const { code, stderr } = await render();
    assert.equal(code, ExitCode.failed);
    assert.match(stderr, /ConfigMap probe: data\.address would be missing: it is not known before the stack runs/);
  });
});
