import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parse, stringify } from "yaml";
import { Checkout } from "../support/checkout";

/**
 * Not searched: etcd's data are the database of the cluster itself, where Secrets have to be. (In production it is encrypted
 * by the provider of the cluster; here it lies in a folder of mode 0700.)
 */
const DATABASE = join(".local", "etcd");

/** As the stack generates them; the shorter hexadecimal secrets are of the same letters and digits. */
const PASSWORDS = /\b[A-Za-z0-9]{32,}\b/g;

describe("secrets are nowhere in the open", function () {
  this.timeout(240_000);
  const registryPassword = `canary-registry-${randomBytes(8).toString("hex")}`;
  const slackWebhook = `https://hooks.example.com/services/canary-${randomBytes(8).toString("hex")}`;
  const plain = 'eval "$(npm run -s env -- --kubeconfig)"';
  /** Everything that a command printed, by what it was. */
  const printed = new Map<string, string>();
  const secrets = new Map<string, string>([
    ["registryPassword", registryPassword],
    ["slackWebhook", slackWebhook],
  ]);
  let checkout: Checkout;

  async function run(expected: number, command: string, args: readonly string[] = []): Promise<void> {
    const { code, stdout, stderr } = await checkout.run(command, args, { LOCAL_VERBOSE: "1" });
    assert.equal(code, expected, stderr);
    printed.set(`${[command, ...args].join(" ")} (${printed.size})`, stdout + stderr);
  }

  async function shell(script: string, expected = 0): Promise<string> {
    const { code, stdout, stderr } = await checkout.shell(`${plain}\n${script}`);
    assert.equal(code, expected, stderr + stdout);
    return stdout + stderr;
  }

  function configure(edit: (config: Record<string, unknown>) => void): void {
    const file = join(checkout.root, "Pulumi.local.yaml");
    const stack = parse(readFileSync(file, "utf8")) as { config: Record<string, unknown> };
    edit(stack.config);
    writeFileSync(file, stringify(stack));
  }

  before(async () => {
    checkout = new Checkout();
    await run(0, "local", ["up"]);
    configure((config) => {
      config["monitoring-web-service:registry"] = { server: "registry.example.com", username: "robot" };
      config["monitoring-web-service:services"] = {
        "monitoring-web-service": {
          secrets: ["jwt", "csrf", "encryptionKey", "database", "cache", "slackWebhook"],
          rolloutTimeout: "10 s",
        },
      };
    });
    await shell(
      [
        `pulumi config set --secret registryPassword '${registryPassword}' --stack local`,
        `pulumi config set --secret slackWebhook '${slackWebhook}' --stack local`,
      ].join("\n"),
    );
  });

  after(async () => {
    await checkout.remove();
  });

  it("while a stack is rendered", async () => {
    await run(0, "render", ["--stack", "local"]);
  });

  it("while everything that has to do with them runs, and fails", async () => {
    await run(0, "preview", ["--stack", "local"]);
    await run(0, "start");
    await run(0, "start", ["--json"]);
    collect(await shell("kubectl get secrets --namespace monitoring-web-service-local --output json"));

    const commands = ["preview --diff", "preview --json", "stack output --json", "config", "stack export", "up --yes"];
    for (const command of commands) printed.set(`pulumi ${command}`, await shell(`pulumi ${command} --stack local`));

    // An API server that repeats the secret in its refusal.
    await shell(`kubectl apply -f - <<'END'\n${TELLTALE}\nEND`);
    configure((config) => {
      config["monitoring-web-service:secrets"] = { rotation: { jwt: 2 } };
    });
    await run(1, "start");
    assert.match([...printed.values()].at(-1) ?? "", /ValidatingAdmissionPolicy 'telltale' .* denied request: no: /);
    await shell("kubectl delete validatingadmissionpolicy,validatingadmissionpolicybinding telltale");
    configure((config) => {
      const release = config["monitoring-web-service:release"] as { blue: Record<string, unknown> };
      release.blue["replicas"] = 5;
    });
    await run(1, "start", ["--debug"]);
    collect(await shell("kubectl get secrets --namespace monitoring-web-service-local --output json"));
    assert.deepEqual(hits(files()), []);
    await run(0, "down");
  });

  it("in what the commands printed", () => {
    assert.ok(secrets.size >= 8, [...secrets.keys()].join(", "));
    assert.deepEqual(hits(printed), []);
  });

  it("in any file of the checkout and its state: checkpoints, history, logs, rendered projects", () => {
    const searched = files();
    for (const part of ["history", "backups", "stacks", "logs", "projects", "render"]) {
      assert.ok(
        [...searched.keys()].some((path) => path.includes(`/${part}/`)),
        `${part} is searched`,
      );
    }
    assert.deepEqual(hits(searched), []);
  });

  it("to this search too, which finds one in each form", () => {
    const forms = [
      slackWebhook,
      ...["base64", "hex"].map((form) => Buffer.from(`a: ${slackWebhook} b`).toString(form as BufferEncoding)),
    ];
    for (const text of forms) assert.notDeepEqual(hits(new Map([["here", text]])), [], text);
  });

  /** Notes the values of the cluster's Secrets: those that were generated, and the passwords in URLs. */
  function collect(json: string): void {
    const { items } = JSON.parse(json) as { items: { metadata: { name: string }; data?: Record<string, string> }[] };
    for (const { metadata, data = {} } of items) {
      for (const [key, value] of Object.entries(data)) {
        // A login's name is the one thing in a Secret that is none.
        if (key === "username") continue;
        const text = Buffer.from(value, "base64").toString();
        // Of a URL or a file with passwords in it, each of these.
        const passwords = text.match(PASSWORDS) ?? [text];
        for (const [index, password] of passwords.entries()) secrets.set(`${metadata.name} ${key} ${index}`, password);
      }
    }
  }

  function files(): Map<string, string> {
    const found = new Map<string, string>();
    for (const entry of readdirSync(checkout.root, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      const name = relative(checkout.root, path);
      if (entry.isFile() && !name.startsWith(DATABASE)) found.set(name, readFileSync(path, "latin1"));
    }
    return found;
  }

  /** Where a secret stands in some form: `<secret> in <place>`. */
  function hits(places: ReadonlyMap<string, string>): string[] {
    const wanted = [...secrets].map(([name, value]) => [name, formsOf(value)] as const);
    return [...places].flatMap(([place, text]) => {
      const lower = text.toLowerCase();
      return wanted
        .filter(([, { exact, hex }]) => lower.includes(hex) || exact.some((form) => text.includes(form)))
        .map(([name]) => `${name} in ${place}`);
    });
  }
});

/** A secret as it is, in hexadecimal, and in base64 wherever in the encoded text it begins. */
function formsOf(secret: string): { readonly exact: readonly string[]; readonly hex: string } {
  const bytes = Buffer.from(secret);
  const encoded = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    // The characters at the ends depend on what stands before and behind.
    return text.slice(offset === 0 ? 0 : offset + 1, -1);
  });
  return { exact: [secret, ...encoded], hex: bytes.toString("hex") };
}

const TELLTALE = [
  {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicy",
    metadata: { name: "telltale" },
    spec: {
      failurePolicy: "Fail",
      matchConstraints: {
        resourceRules: [
          { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: ["secrets"] },
        ],
      },
      validations: [
        {
          expression: "!has(object.data) || !('JWT_SECRET' in object.data)",
          messageExpression: "'no: ' + string(object.data['JWT_SECRET'])",
        },
      ],
    },
  },
  {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name: "telltale" },
    spec: { policyName: "telltale", validationActions: ["Deny"] },
  },
]
  .map((item) => stringify(item))
  .join("---\n");
