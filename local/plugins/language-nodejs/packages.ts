import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A package.json, as far as plugins and dependencies are concerned. Fields of a wrong type count as absent. */
interface Manifest {
  /** The folder it is in. */
  readonly folder: string;
  readonly name: string;
  readonly version: string;
  readonly dependencies: readonly string[];
  readonly devDependencies: readonly string[];
  /** The `pulumi` section of a package that needs a provider plugin. */
  readonly plugin: { readonly name: string; readonly version: string; readonly server: string } | undefined;
  readonly usesPulumi: boolean;
}

export interface RequiredPlugin {
  readonly name: string;
  /** With a leading `v`, as the engine's other language hosts answer. */
  readonly version: string;
  readonly server: string;
}

type Json = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function keys(value: unknown): string[] {
  return isObject(value) ? Object.keys(value) : [];
}

/** The manifest in a folder; undefined when there is none or it is no JSON object. */
function readManifest(folder: string): Manifest | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  } catch {
    return undefined;
  }
  if (!isObject(parsed)) return undefined;
  const name = text(parsed["name"]);
  const version = text(parsed["version"]);
  const dependencies = [...keys(parsed["dependencies"]), ...keys(parsed["optionalDependencies"])];
  const section = parsed["pulumi"];
  return {
    folder,
    name,
    version,
    dependencies,
    devDependencies: keys(parsed["devDependencies"]),
    plugin:
      isObject(section) && section["resource"] === true
        ? {
            name: text(section["name"]) || name.replace(/^@pulumi\//, ""),
            version: text(section["version"]) || version,
            server: text(section["server"]),
          }
        : undefined,
    usesPulumi: [...dependencies, ...keys(parsed["peerDependencies"])].includes("@pulumi/pulumi"),
  };
}

/** The nearest manifest in a folder or above it. */
function nearestManifest(folder: string): Manifest | undefined {
  const manifest = readManifest(folder);
  if (manifest !== undefined) return manifest;
  const above = dirname(folder);
  return above === folder ? undefined : nearestManifest(above);
}

/** A dependency as Node would find it from `folder`. */
function findDependency(name: string, folder: string): Manifest | undefined {
  const manifest = readManifest(join(folder, "node_modules", name));
  if (manifest !== undefined) return manifest;
  const above = dirname(folder);
  return above === folder ? undefined : findDependency(name, above);
}

/**
 * The installed packages that a program depends on, each once.
 *
 * @param follow says whose own dependencies are looked at as well; the program's always are
 */
function installed(folder: string, follow: (manifest: Manifest) => boolean): Manifest[] {
  const program = nearestManifest(folder);
  if (program === undefined) return [];
  const found = new Map<string, Manifest>();
  const visit = (names: readonly string[], from: string) => {
    for (const name of names) {
      const manifest = findDependency(name, from);
      if (manifest === undefined || found.has(manifest.folder)) continue;
      found.set(manifest.folder, manifest);
      if (follow(manifest)) visit(manifest.dependencies, manifest.folder);
    }
  };
  visit([...program.dependencies, ...program.devDependencies], program.folder);
  return [...found.values()];
}

/**
 * The provider plugins that a program's packages need, at the versions that those packages pin. Only packages that use
 * @pulumi/pulumi themselves can bring one, so the many others are not read: a walk over the whole of node_modules takes
 * longer than the program.
 */
export function requiredPlugins(folder: string): RequiredPlugin[] {
  const plugins = new Map<string, RequiredPlugin>();
  for (const { plugin } of installed(folder, (manifest) => manifest.usesPulumi)) {
    if (plugin === undefined) continue;
    const version = plugin.version.startsWith("v") ? plugin.version : `v${plugin.version}`;
    plugins.set(`${plugin.name} ${version}`, { name: plugin.name, version, server: plugin.server });
  }
  return [...plugins.values()];
}

/** Name and version of what a program depends on; with everything below it when `transitive`. */
export function programDependencies(folder: string, transitive: boolean): { name: string; version: string }[] {
  return installed(folder, () => transitive)
    .map(({ name, version }) => ({ name, version }))
    .sort((a, b) => a.name.localeCompare(b.name, "en"));
}
