import type { Registered } from "./mocks";

const ROOT = "pulumi:pulumi:Stack";

interface Identity {
  readonly name: string;
  /** All types from the outermost component down to the resource, joined by `$`. */
  readonly chain: string;
}

/** The URN ledger of a stack: what the engine's state is keyed by, one per line. */
export function ledger(resources: readonly Registered[]): string {
  return [...resources.map(({ urn }) => urn)].sort().join("\n") + "\n";
}

/**
 * What is wrong with a change of URNs: an URN that is gone means that the engine deletes the resource and, if it only got another name,
 * creates it anew. An alias tells the engine that it is the same one.
 */
export function vanished(committed: string, resources: readonly Registered[]): readonly string[] {
  const known = new Set(resources.flatMap((resource) => [resource.urn, ...formerUrns(resource, resources)]));
  return committed
    .split("\n")
    .filter((urn) => urn !== "" && !known.has(urn))
    .map(
      (urn) =>
        `${urn}\n  is gone: the engine would delete it. If it was renamed or moved, give the resource that it became\n` +
        `  aliases: [{ ${aliasOf(urn)} }]\n  If it is meant to go, rewrite the ledger with UPDATE_GOLDEN=1.`,
    );
}

function aliasOf(urn: string): string {
  const [, , chain = "", name = ""] = urn.split("::");
  const types = chain.split("$");
  return `name: "${name}", type: "${types.at(-1) ?? ""}"`;
}

/** Every URN that the engine takes for an earlier one of this resource, through its own aliases and those of its ancestors. */
function formerUrns(resource: Registered, all: readonly Registered[]): readonly string[] {
  const [prefix = ""] = resource.urn.split(`::${chainOf(resource.urn)}::`);
  return identities(resource, all).map(({ chain, name }) => `${prefix}::${chain}::${name}`);
}

function identities(resource: Registered, all: readonly Registered[]): readonly Identity[] {
  const parent = all.find(({ urn }) => urn === resource.parent);
  const parents = parent === undefined ? [undefined] : identities(parent, all);
  const own = [{ name: resource.name, type: resource.type }, ...resource.aliases];
  return parents.flatMap((former) =>
    own.map(({ name, type }) => ({
      // A child's name starts with its parent's: the engine carries a parent's former name over.
      name:
        former !== undefined && parent !== undefined && name.startsWith(parent.name)
          ? former.name + name.slice(parent.name.length)
          : name,
      chain: former === undefined ? type : `${former.chain}$${type}`,
    })),
  );
}

function chainOf(urn: string): string {
  return urn.split("::")[2] ?? ROOT;
}
