import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";
import { UserError } from "../errors";
import { ApiError, type Api } from "./api";

/** A CustomResourceDefinition as far as we look into it; its text goes to the API server as it is. */
export interface Crd {
  readonly name: string;
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
  /** Served versions, in the file's order. */
  readonly versions: readonly string[];
  readonly manifest: string;
}

export interface CrdSet {
  readonly crds: readonly Crd[];
  /** Of the whole set: the same hash means that nothing has to be applied. */
  readonly hash: string;
}

/** Requests at a time: the API server does the work, and more would only make it wait for itself. */
const PARALLEL = 4;

/** CRDs of ours for an operator whose own cannot be had; each says so. */
const STAND_INS = join(__dirname, "stand-in-crds");

export function standInCrdFiles(): readonly string[] {
  return readdirSync(STAND_INS)
    .filter((name) => name.endsWith(".yaml"))
    .sort()
    .map((name) => join(STAND_INS, name));
}

/** Reads CRDs from YAML files. Several documents in a file are fine, and so are documents of other kinds: those are left out. */
export async function readCrds(files: readonly string[]): Promise<CrdSet> {
  const texts = await Promise.all(
    [...files].sort().map(async (file) => ({ file, text: await readFile(file, "utf8") })),
  );
  const hash = createHash("sha256");
  const crds: Crd[] = [];
  for (const { file, text } of texts) {
    hash.update(text).update("\0");
    for (const document of text.split(/^---.*$/m)) {
      if (/^kind: "?CustomResourceDefinition"?\s*$/m.test(document)) crds.push(parseCrd(document, file));
    }
  }
  return { crds, hash: hash.digest("hex") };
}

/**
 * The few fields we need, found by their indentation: parsing five megabytes of schemas as YAML takes seconds, and the API
 * server does it anyway. All generators of CRDs indent by two.
 */
function parseCrd(manifest: string, file: string): Crd {
  const section = (key: string) => new RegExp(`^${key}:\\n((?: .*\\n|#.*\\n|\\n)*)`, "m").exec(manifest)?.[1];
  const scalar = (text: string | undefined, indent: number, key: string) =>
    new RegExp(`^ {${indent}}${key}: *["']?([^"'\\s]+)["']?\\s*$`, "m").exec(text ?? "")?.[1];
  const spec = section("spec");
  const name = scalar(section("metadata"), 2, "name");
  const group = scalar(spec, 2, "group");
  const kind = scalar(spec, 4, "kind");
  const plural = scalar(spec, 4, "plural");
  const versions = versionNames(spec ?? "");
  if (
    name === undefined ||
    group === undefined ||
    kind === undefined ||
    plural === undefined ||
    versions.length === 0
  ) {
    throw new Error(`${basename(file)} holds a CustomResourceDefinition in a form that is not understood`);
  }
  return { name, group, kind, plural, versions, manifest };
}

function versionNames(spec: string): string[] {
  // Some generators indent lists under their key, some do not.
  const indent = /^ {2}versions:\n( *)- /m.exec(spec)?.[1];
  if (indent === undefined) return [];
  const list = spec.slice(spec.search(/^ {2}versions:$/m));
  return [...list.matchAll(new RegExp(`^${indent}(?:- | {2})name: *["']?(\\w+)["']?\\s*$`, "gm"))].flatMap(
    ([, version]) => version ?? [],
  );
}

/** Applies CRDs; `progress` is told how many are done. */
export async function applyCrds(
  api: Api,
  crds: readonly Crd[],
  progress: (done: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const queue = [...crds];
  let done = 0;
  const worker = async () => {
    for (let crd = queue.shift(); crd !== undefined; crd = queue.shift()) {
      try {
        await api.apply(`/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${crd.name}`, crd.manifest, signal);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        throw new UserError(
          `The API server refuses the CustomResourceDefinition ${crd.name}: ${error.message}`,
          "npm run local -- logs kube-apiserver",
        );
      }
      progress(++done);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
}

const resourceList = z.object({ resources: z.array(z.object({ name: z.string() })) });

const openApi = z.object({ paths: z.record(z.string(), z.unknown()) });

/**
 * The first CRD that the API server does not serve yet. Being served says more than the condition Established: it works. And
 * it has to be in the OpenAPI document as well, where kwok looks for the kinds of its stages when it starts, and ends if
 * one is not there.
 */
export async function firstUnserved(api: Api, crds: readonly Crd[], signal?: AbortSignal): Promise<Crd | undefined> {
  const described = (await api.find("/openapi/v3", openApi, signal))?.paths ?? {};
  const served = new Map<string, ReadonlySet<string>>();
  for (const crd of crds) {
    let works = false;
    for (const version of crd.versions) {
      const groupVersion = `${crd.group}/${version}`;
      let names = served.get(groupVersion);
      if (names === undefined) {
        const list = await api.find(`/apis/${groupVersion}`, resourceList, signal);
        names = new Set(list?.resources.map(({ name }) => name));
        served.set(groupVersion, names);
      }
      if (!names.has(crd.plural)) continue;
      if (!(`apis/${groupVersion}` in described)) return crd;
      works = true;
    }
    if (!works) return crd;
  }
  return undefined;
}

const conditions = z.object({
  // Null until the API server looked at a new CRD.
  status: z.object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).nullish() }).optional(),
});

/**
 * Puts a CRD right that is stuck: an API server that was killed between accepting a CRD's names and establishing it does not
 * take that up again when it restarts, until the CRD changes.
 */
export async function reviveIfStuck(api: Api, crd: Crd, signal?: AbortSignal): Promise<void> {
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${crd.name}`;
  const found = (await api.find(path, conditions, signal))?.status?.conditions ?? [];
  const is = (type: string, status: string) => found.some((one) => one.type === type && one.status === status);
  if (!is("NamesAccepted", "True") || !is("Established", "False")) return;
  const annotations = { "local-environment/revived": new Date().toISOString() };
  const body = JSON.stringify({ metadata: { annotations } });
  await api.call("PATCH", path, { body, contentType: "application/merge-patch+json", signal });
}
