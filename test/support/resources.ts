import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { runtime } from "@pulumi/pulumi";
import { parse } from "yaml";

import program from "../../infra/index";
import type { StackOutputs } from "../../infra/outputs";
import { hideSecrets, installMonitor, type Registered } from "./mocks";

const root = resolve(__dirname, "../..");
const PROJECT = "monitoring-web-service";

export const stacks = ["local", "staging", "production"] as const;
export type StackName = (typeof stacks)[number];

/** A stack's configuration: its file over the project's defaults, as the engine puts them together. */
export type ConfigValues = Record<string, unknown>;

interface ConfigKey {
  readonly type: string;
  readonly description: string;
  readonly default?: unknown;
  readonly secret?: boolean;
}

/** The keys that Pulumi.yaml declares, without those of the engine. */
export function declaredKeys(): Readonly<Record<string, ConfigKey>> {
  const { config } = parse(readFileSync(resolve(root, "Pulumi.yaml"), "utf8")) as { config: Record<string, ConfigKey> };
  return Object.fromEntries(Object.entries(config).filter(([key]) => !key.includes(":")));
}

export function configOf(stack: StackName): ConfigValues {
  const file = parse(readFileSync(resolve(root, `Pulumi.${stack}.yaml`), "utf8")) as { config: ConfigValues };
  const defaults = Object.entries(declaredKeys()).flatMap(([key, value]) =>
    value.default === undefined ? [] : [[key, value.default] as const],
  );
  const own = Object.entries(file.config).map(([key, value]) => [key.slice(PROJECT.length + 1), value] as const);
  return structuredClone(Object.fromEntries([...defaults, ...own]));
}

export interface Rendered {
  readonly resources: readonly Registered[];
  readonly outputs: StackOutputs;
  /** How often each component registered its outputs, by URN. */
  readonly outputRegistrations: ReadonlyMap<string, number>;
}

/** Puts a configuration in place as the language host does. */
export function installConfig(values: ConfigValues, encrypted: readonly string[] = []): void {
  const entries = Object.entries(values).map(([key, value]) => [
    `${PROJECT}:${key}`,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  runtime.setAllConfig(
    Object.fromEntries(entries) as Record<string, string>,
    encrypted.map((key) => `${PROJECT}:${key}`),
  );
}

/**
 * Runs the whole program without an engine and gives back everything it registered.
 *
 * @param change edits the stack's configuration first
 */
export async function renderStack(
  stack: StackName,
  change: (config: ConfigValues) => void = () => undefined,
  encrypted: readonly string[] = [],
): Promise<Rendered> {
  const values = configOf(stack);
  change(values);
  const monitor = installMonitor(PROJECT, stack);
  installConfig(values, encrypted);
  const outputs = await runtime.runInPulumiStack(() => Promise.resolve(program()));
  await runtime.disconnect();
  return {
    resources: monitor.recorded.filter(({ type }) => type !== "pulumi:pulumi:Stack"),
    outputs: outputs as unknown as StackOutputs,
    outputRegistrations: monitor.outputs,
  };
}

/**
 * The one resource of a kind (the last part of its type) with an object name, or with a resource name; in the stack's own namespace,
 * if it is in any.
 */
export function find({ resources, outputs }: Rendered, kind: string, name: string): Registered {
  const found = resources.filter(
    ({ type, ...one }) =>
      type.endsWith(`:${kind}`) &&
      (objectName(one) ?? one.name) === name &&
      [undefined, outputs.namespace].includes(objectNamespace(one)),
  );
  const [only] = found;
  if (only === undefined || found.length > 1) throw new Error(`${found.length} resources are a ${kind} called ${name}`);
  return only;
}

export function objectName({ inputs }: Pick<Registered, "inputs">): string | undefined {
  return (inputs["metadata"] as { readonly name?: string } | undefined)?.name;
}

function objectNamespace({ inputs }: Pick<Registered, "inputs">): string | undefined {
  return (inputs["metadata"] as { readonly namespace?: string } | undefined)?.namespace;
}

/** Everything that has to be there before a resource, as the engine sees it: what it and its parents depend on, and so on. */
export function reaches({ resources }: Rendered, { urn }: Registered): ReadonlySet<string> {
  const byUrn = new Map(resources.map((one) => [one.urn, one]));
  const found = new Set<string>();
  const queue = [urn];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const resource = byUrn.get(next);
    for (const needed of resource === undefined ? [] : [...resource.dependencies, resource.parent]) {
      if (needed === "" || found.has(needed)) continue;
      found.add(needed);
      queue.push(needed);
    }
  }
  return found;
}

/** Every resource as text by URN, to be compared between two runs. */
function fingerprint({ resources }: Rendered): Readonly<Record<string, string>> {
  return Object.fromEntries(resources.map(({ urn, inputs }) => [urn, JSON.stringify(inputs)]));
}

/** What differs between two runs, as `<kind> <name>`. */
export function differences(before: Rendered, after: Rendered) {
  const [old, young] = [fingerprint(before), fingerprint(after)];
  const label = (urn: string) => `${urn.split("::")[2]?.split(/[$:]/).at(-1) ?? ""} ${urn.split("::")[3] ?? ""}`;
  return {
    added: Object.keys(young)
      .filter((urn) => !(urn in old))
      .map(label)
      .sort(),
    removed: Object.keys(old)
      .filter((urn) => !(urn in young))
      .map(label)
      .sort(),
    changed: Object.keys(old)
      .filter((urn) => urn in young && old[urn] !== young[urn])
      .map(label)
      .sort(),
  };
}

/** The value at a path of a resource's inputs, with secrets hidden. */
export function at(resource: Registered, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (value, segment) => (value as Readonly<Record<string | number, unknown>> | undefined)?.[segment],
    hideSecrets(resource.inputs),
  );
}
