import { createHash } from "node:crypto";

import { runtime, secret } from "@pulumi/pulumi";
import { MockMonitor, type MockResourceArgs, type MockResourceResult } from "@pulumi/pulumi/runtime/mocks";
import type {
  RegisterResourceOutputsRequest,
  RegisterResourceRequest,
  RegisterResourceResponse,
} from "@pulumi/pulumi/proto/resource_pb";
import { setMockOptions } from "@pulumi/pulumi/runtime/settings";

/** Everything that the engine would be told about one resource. Secrets in `inputs` are still wrapped. */
export interface Registered {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly custom: boolean;
  readonly parent: string;
  /** `<urn of the provider>::<id>`; empty: the default provider. */
  readonly provider: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly dependencies: readonly string[];
  /** How long the engine lets the provider take, such as `900s`; empty: as long as the provider likes. */
  readonly timeouts: { readonly create: string; readonly update: string };
  /** Whether the engine refuses to delete or replace it. */
  readonly protect: boolean;
  /** Former names and types of its own; those of its parents apply as well. */
  readonly aliases: readonly { readonly name: string; readonly type: string }[];
}

type Callback = (error: Error | null, response: RegisterResourceResponse | undefined) => void;

/** What every generated secret contains, so that one in the open is found wherever it is. */
export const CANARY = "canary";

const SECRET_SIGNATURE = "4dabf18193072939515e22adb298388d";

/** Records what a program registers, and answers as the providers would: names are made, secrets are generated. */
export class RecordingMonitor extends MockMonitor {
  readonly recorded: Registered[] = [];
  /** How often each component registered its outputs. */
  readonly outputs = new Map<string, number>();

  constructor() {
    super({ newResource: (args) => this.answer(args), call: ({ inputs }) => inputs as Record<string, unknown> });
  }

  override async registerResource(request: RegisterResourceRequest, callback: Callback): Promise<void> {
    const recorded = describe(request);
    this.recorded.push(recorded);
    await super.registerResource(request, (error: Error | null, response: RegisterResourceResponse | undefined) => {
      // The mock monitor forgets grandparents in URNs; the engine does not.
      response?.setUrn(recorded.urn);
      callback(error, response);
    });
  }

  override registerResourceOutputs(
    request: RegisterResourceOutputsRequest,
    callback: (error: Error | null, response: object) => void,
  ): void {
    this.outputs.set(request.getUrn(), (this.outputs.get(request.getUrn()) ?? 0) + 1);
    callback(null, {});
  }

  private answer({ type, name }: MockResourceArgs): MockResourceResult {
    const inputs = this.recorded.find((one) => one.type === type && one.name === name)?.inputs ?? {};
    if (type.startsWith("kubernetes:")) return named(name, inputs);
    if (type.startsWith("random:")) {
      const value = secret(`${CANARY}-${name}-${JSON.stringify(inputs["keepers"])}`);
      return { id: name, state: { ...inputs, hex: value, result: value } };
    }
    return { id: name, state: { ...inputs } };
  }
}

/** An object without a name gets one with a suffix; here it follows from the content, so that a change of content is a change of name. */
function named(name: string, inputs: Readonly<Record<string, unknown>>): MockResourceResult {
  const metadata = (inputs["metadata"] ?? {}) as Readonly<Record<string, unknown>>;
  const suffix = createHash("sha256").update(JSON.stringify(inputs)).digest("hex").slice(0, 8);
  const given = { ...metadata, name: metadata["name"] ?? `${name}-${suffix}` };
  return { id: name, state: { ...inputs, metadata: given } };
}

function describe(request: RegisterResourceRequest): Registered {
  const type = request.getType();
  const name = request.getName();
  const parent = request.getParent();
  return {
    urn: urnOf(parent, type, name),
    type,
    name,
    custom: request.getCustom(),
    parent,
    provider: request.getProvider(),
    inputs: request.getObject()?.toJavaScript() ?? {},
    dependencies: request.getDependenciesList(),
    protect: request.getProtect() ?? false,
    timeouts: {
      create: request.getCustomtimeouts()?.getCreate() ?? "",
      update: request.getCustomtimeouts()?.getUpdate() ?? "",
    },
    aliases: request.getAliasesList().map((alias) => {
      const spec = alias.getSpec()?.toObject();
      // An empty string on the wire is a field that was left out.
      return {
        name: spec?.name === "" ? name : (spec?.name ?? name),
        type: spec?.type === "" ? type : (spec?.type ?? type),
      };
    }),
  };
}

function urnOf(parent: string, type: string, name: string): string {
  const chain = parent.split("::")[2] ?? "";
  const qualified = chain === "" || chain === "pulumi:pulumi:Stack" ? type : `${chain}$${type}`;
  return `urn:pulumi:${runtime.getStack()}::${runtime.getProject()}::${qualified}::${name}`;
}

/** Points the SDK at a new monitor. */
export function installMonitor(project: string, stack: string): RecordingMonitor {
  const monitor = new RecordingMonitor();
  setMockOptions(monitor, project, stack, false);
  return monitor;
}

function isSecret(value: object): value is { readonly value: unknown } {
  return SECRET_SIGNATURE in value;
}

/** The inputs with `[secret]` in the place of every secret. */
export function hideSecrets(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (isSecret(value)) return "[secret]";
  if (Array.isArray(value)) return value.map(hideSecrets);
  return Object.fromEntries(Object.entries(value).map(([key, item]: [string, unknown]) => [key, hideSecrets(item)]));
}
