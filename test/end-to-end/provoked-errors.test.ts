import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { ExitCode } from "../../local/errors";
import { Checkout, type Outcome, outcome } from "../support/checkout";
import { assertError } from "../support/error-golden";
import { eventually } from "../support/eventually";
import { said } from "../support/said";
import { secondOnCluster } from "../support/second-stack";

type Config = Record<string, Record<string, unknown> | string>;

describe("a provoked error says what, where and what to do next:", function () {
  this.timeout(240_000);
  let checkout: Checkout;
  let scratch: string;
  let original: string;

  before(() => {
    checkout = new Checkout();
    scratch = mkdtempSync(join(tmpdir(), "provoked-"));
    original = readFileSync(stackFile(), "utf8");
  });

  after(async () => {
    await checkout.remove();
    rmSync(scratch, { recursive: true });
  });

  afterEach(() => {
    writeFileSync(stackFile(), original);
  });

  const stackFile = () => join(checkout.root, "Pulumi.local.yaml");
  const kubeconfig = () => join(checkout.root, ".local", "kubeconfig");
  const run = (command: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}) =>
    checkout.run(command, args, env);

  function expect(name: string, result: Outcome, code: number): void {
    const places = { "<checkout>": checkout.root, "<home>": checkout.home, "<scratch>": scratch };
    assertError(name, result, code, places);
  }

  /** Edits the configuration of the stack local; keys are without the project's prefix. */
  function configure(edit: (config: Config) => void): void {
    const file = parse(original) as { config: Config };
    const prefix = "monitoring-web-service:";
    const config = Object.fromEntries(
      Object.entries(file.config).map(([key, value]) => [key.replace(prefix, ""), value]),
    );
    edit(config);
    file.config = Object.fromEntries(Object.entries(config).map(([key, value]) => [prefix + key, value]));
    writeFileSync(stackFile(), stringify(file));
  }

  const environment = `eval "$(npm run -s env -- --kubeconfig)"`;

  /** kubectl on the embedded cluster, as a user has it. */
  async function kubectl(line: string): Promise<string> {
    const { code, stdout, stderr } = await checkout.shell(`${environment}; kubectl ${line}`);
    assert.equal(code, 0, stderr);
    return stdout;
  }

  describe("without a cluster", () => {
    it("an unknown command", async () => {
      expect("unknown-command", await run("strat"), ExitCode.usage);
    });

    it("an unknown option", async () => {
      expect("unknown-option", await run("start", ["--contxt", "kind"]), ExitCode.usage);
    });

    it("a stack that does not exist", async () => {
      expect("unknown-stack", await run("preview", ["--stack", "prod"]), ExitCode.usage);
    });

    it("a kubeconfig that is not there", async () => {
      const env = { KUBECONFIG: join(scratch, "missing") };
      expect("kubeconfig-missing", await run("start", ["--context", "kind"], env), ExitCode.usage);
    });

    it("a context that the kubeconfig does not have", async () => {
      const file = join(scratch, "kubeconfig");
      writeFileSync(file, stringify({ contexts: [{ name: "kind-dev" }, { name: "production" }] }));
      expect("context-unknown", await run("start", ["--context", "kind"], { KUBECONFIG: file }), ExitCode.usage);
    });

    it("a cluster that does not answer", async () => {
      const file = join(scratch, "kubeconfig");
      const [name, server] = ["dev", "https://127.0.0.1:1"];
      writeFileSync(
        file,
        stringify({
          clusters: [{ name, cluster: { server } }],
          users: [{ name, user: {} }],
          contexts: [{ name, context: { cluster: name, user: name } }],
        }),
      );
      expect("cluster-unreachable", await run("start", ["--context", "dev"], { KUBECONFIG: file }), ExitCode.refused);
    });

    it("a state folder that is somebody else's", async () => {
      const folder = join(scratch, "documents");
      mkdirSync(folder);
      writeFileSync(join(folder, "letter.txt"), "Dear");
      expect("state-folder-foreign", await run("start", [], { LOCAL_STATE: folder }), ExitCode.refused);
      expect("reset-foreign", await run("local", ["reset"], { LOCAL_STATE: folder }), ExitCode.refused);
      assert.deepEqual(readdirSync(folder), ["letter.txt"]);
    });

    it("a tool that is not there, without Go and without a network", async () => {
      const bin = join(scratch, "bin");
      mkdirSync(bin);
      symlinkSync(process.execPath, join(bin, "node"));
      const dead = "http://127.0.0.1:9";
      const env = {
        PATH: `${bin}:/usr/bin:/bin`,
        XDG_CACHE_HOME: join(scratch, "empty cache"),
        HTTP_PROXY: dead,
        HTTPS_PROXY: dead,
      };
      expect("tool-missing", await run("start", [], env), ExitCode.refused);
    });

    it("a port that somebody else has", async () => {
      const listen =
        "require('net').createServer().listen(0, '127.0.0.1', function () { console.log(this.address().port) })";
      const holder = spawn(process.execPath, ["-e", listen], { stdio: ["ignore", "pipe", "inherit"] });
      const [port] = (await once(holder.stdout, "data")) as [Buffer];
      const result = await run("local", ["up", "--port", port.toString().trim()]);
      holder.kill();
      expect("port-taken", result, ExitCode.refused);
      assert.ok(result.stderr.includes(`is taken by pid ${holder.pid ?? ""} (`), result.stderr);
    });
  });

  const started = async () => {
    const { code, stderr } = await run("start");
    assert.equal(code, 0, stderr);
  };

  describe("of the configuration", () => {
    before(started);

    const faults: Readonly<Record<string, (config: Config) => void>> = {
      "config-unknown-key": (config) => {
        config["trafic"] = config["traffic"] ?? "";
      },
      "config-wrong-type": (config) => {
        config["database"] = {
          kind: "existing",
          existing: { host: "postgresql", port: "five", peer: { podLabels: { app: "postgresql" } } },
        };
      },
      "config-active-colour-missing": (config) => {
        (config["release"] as Record<string, unknown>)["active"] = "green";
      },
      "config-budget-too-large": (config) => {
        config["services"] = { "monitoring-web-service": { minAvailable: 3 } };
      },
      "config-plain-secret": (config) => {
        config["slackWebhook"] = "https://hooks.example.com/services/canary";
      },
      "config-many-faults": (config) => {
        config["environment"] = "moon";
        config["namespace"] = "Not A Name";
        config["application"] = { logLevel: "loud" };
        config["monitoring"] = { namespace: "Capital" };
        (config["release"] as Record<string, unknown>)["active"] = "red";
      },
    };

    for (const [name, edit] of Object.entries(faults)) {
      it(name, async () => {
        configure(edit);
        expect(name, await run("start"), ExitCode.usage);
      });
    }

    it("broken YAML", async () => {
      writeFileSync(stackFile(), original.replace("config:", "config: ["));
      expect("config-broken-yaml", await run("start"), ExitCode.usage);
    });
  });

  describe("of the program", () => {
    const program = () => join(checkout.root, "infra", "index.ts");
    let source: string;

    before(() => {
      source = readFileSync(program(), "utf8");
    });

    afterEach(() => {
      writeFileSync(program(), source);
    });

    it("an exception", async () => {
      writeFileSync(
        program(),
        source.replace(
          "const config = loadConfig();",
          "const config = loadConfig();\n  const missing: { name: string } | undefined = JSON.parse('null');\n  console.log(missing.name);",
        ),
      );
      expect("program-exception", await run("start"), ExitCode.failed);
    });

    it("TypeScript that cannot be read", async () => {
      writeFileSync(program(), source.replace("const config = loadConfig();", "const config = = loadConfig();"));
      expect("program-syntax", await run("start"), ExitCode.failed);
    });
  });

  describe("of the cluster", () => {
    before(started);

    it("credentials that it does not accept", async () => {
      const file = join(scratch, "kubeconfig");
      const config = parse(readFileSync(kubeconfig(), "utf8")) as {
        users: { user: object }[];
        contexts: { name: string }[];
      };
      for (const user of config.users) user.user = { token: "expired" };
      for (const context of config.contexts) context.name = "dev";
      writeFileSync(file, stringify(config));
      expect(
        "kubeconfig-unauthorised",
        await run("start", ["--context", "dev"], { KUBECONFIG: file }),
        ExitCode.refused,
      );
    });

    it("an object that is there already and is not ours", async () => {
      await kubectl("create namespace somebody-elses");
      configure((config) => {
        secondOnCluster(config);
        config["namespace"] = "somebody-elses";
      });
      expect(
        "object-exists",
        await run("start", ["--context", "local"], { KUBECONFIG: kubeconfig() }),
        ExitCode.failed,
      );
      const { code, stderr } = await run("down", ["--context", "local"], { KUBECONFIG: kubeconfig() });
      assert.equal(code, 0, stderr);
      assert.equal(await kubectl("get namespace somebody-elses -o name"), "namespace/somebody-elses\n");
    });

    it("an object that its rules do not allow", async () => {
      await kubectl(`apply -f - <<'END'\n${admissionPolicy}\nEND`);
      configure((config) => {
        (config["release"] as Record<string, unknown>)["blue"] = {
          image: "registry.example.com/monitoring-web-service:1.0.1",
          version: "1.0.1",
        };
      });
      // The API server takes a moment to put a policy into force.
      const probe = "kubectl create deployment probe --image=probe --dry-run=server";
      await eventually(async () => (await checkout.shell(`${environment}; ${probe}`)).code !== 0, {
        timeoutSeconds: 30,
      });
      const result = await run("start");
      await kubectl("delete validatingadmissionpolicy,validatingadmissionpolicybinding registries");
      expect("object-refused", result, ExitCode.failed);
    });

    const tooManyPods = (rolloutTimeout: string) => {
      configure((config) => {
        config["services"] = { "monitoring-web-service": { rolloutTimeout } };
        (config["release"] as { blue: Record<string, unknown> }).blue["replicas"] = 5;
      });
    };

    it("pods that find no node", async () => {
      tooManyPods("20 s");
      const result = await run("start");
      expect("rollout-stuck", result, ExitCode.failed);
    });

    it("a stack that somebody is changing; an API server that goes away", async () => {
      tooManyPods("10 minutes");
      const first = checkout.spawn("start");
      const ended = outcome(first);
      await said(first, /is not ready yet/);
      expect("stack-locked", await run("start"), ExitCode.refused);
      const status = JSON.parse((await run("local", ["status", "--json"])).stdout) as {
        parts: { name: string; pid: number }[];
      };
      process.kill(status.parts.find(({ name }) => name === "kube-apiserver")?.pid ?? 0, "SIGKILL");
      expect("api-server-gone", await ended, ExitCode.failed);
    });

    it("a finalizer that holds an object of ours", async () => {
      writeFileSync(stackFile(), original);
      await started();
      const service = "-n monitoring-web-service-local patch service monitoring-web-service-blue --type=merge -p";
      await kubectl(`${service} '{"metadata":{"finalizers":["backups.example.com/keep"]}}'`);
      const down = checkout.spawn("down");
      const ended = outcome(down);
      await said(down, /is not deleted yet/);
      process.kill(-(down.pid ?? 0), "SIGINT");
      expect("finalizer", await ended, ExitCode.interrupted);
      await kubectl(`${service} '{"metadata":{"finalizers":null}}'`);
      const again = await run("down");
      assert.equal(again.code, 0, again.stderr);
    });
  });
});

const admissionPolicy =
  stringify({
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicy",
    metadata: { name: "registries" },
    spec: {
      failurePolicy: "Fail",
      matchConstraints: {
        resourceRules: [
          { apiGroups: ["apps"], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: ["deployments"] },
        ],
      },
      validations: [{ expression: "false", message: "images come from registry.internal.example.com only" }],
    },
  }) +
  "---\n" +
  stringify({
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name: "registries" },
    spec: { policyName: "registries", validationActions: ["Deny"] },
  });
