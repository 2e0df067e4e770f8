import { BlockList, isIPv6 } from "node:net";

import { z } from "zod";

export type Protocol = "TCP" | "UDP" | "SCTP";

type Labels = Readonly<Record<string, string>>;

/** A pod as the network sees it. */
export interface NetworkPod {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Labels;
  readonly address: string;
  /** What its containers say they listen on, for policies that name ports. */
  readonly ports: readonly { readonly name?: string | undefined; readonly port: number; readonly protocol: Protocol }[];
}

/** What is no pod: a machine somewhere. */
export interface Machine {
  readonly name: string;
  readonly address: string;
}

export type Party = NetworkPod | Machine;

const labels = z.record(z.string(), z.string());

const selector = z.strictObject({
  matchLabels: labels.optional(),
  matchExpressions: z
    .array(
      z.strictObject({
        key: z.string(),
        operator: z.enum(["In", "NotIn", "Exists", "DoesNotExist"]),
        values: z.array(z.string()).optional(),
      }),
    )
    .optional(),
});

const peer = z
  .strictObject({
    podSelector: selector.optional(),
    namespaceSelector: selector.optional(),
    ipBlock: z.strictObject({ cidr: z.string(), except: z.array(z.string()).optional() }).optional(),
  })
  .refine(
    ({ podSelector, namespaceSelector, ipBlock }) =>
      (ipBlock === undefined) !== (podSelector === undefined && namespaceSelector === undefined),
    "a peer is either an ipBlock or has selectors",
  );

const port = z
  .strictObject({
    protocol: z.enum(["TCP", "UDP", "SCTP"]).default("TCP"),
    port: z.union([z.int(), z.string()]).optional(),
    endPort: z.int().optional(),
  })
  .refine(
    ({ port: first, endPort }) => endPort === undefined || (typeof first === "number" && endPort >= first),
    "endPort needs a port that is a number and not above it",
  );

const ports = z.array(port).optional();

const networkPolicy = z.object({
  metadata: z.object({ name: z.string(), namespace: z.string() }),
  spec: z.strictObject({
    podSelector: selector,
    policyTypes: z.array(z.enum(["Ingress", "Egress"])).optional(),
    ingress: z.array(z.strictObject({ from: z.array(peer).optional(), ports })).optional(),
    egress: z.array(z.strictObject({ to: z.array(peer).optional(), ports })).optional(),
  }),
});

type Selector = z.infer<typeof selector>;
type Peer = z.infer<typeof peer>;
type Port = z.infer<typeof port>;
type Policy = z.infer<typeof networkPolicy>;

/** One direction's rules of the policies that select a pod. */
type Rules = readonly { readonly peers: readonly Peer[]; readonly ports: readonly Port[]; readonly home: string }[];

type Direction = "Ingress" | "Egress";

/**
 * Says what NetworkPolicies let through, from the objects alone: it reads what an API server would be given, knows nothing of how
 * they were made, and follows the text of the Kubernetes documentation ("Network Policies") and of the API reference.
 *
 * Where network plugins differ it takes the reading that lets more through, so that a test for closed ways holds on all: an
 * ipBlock also matches pods by their addresses. What a node exchanges with its own pods is always allowed and not its subject.
 */
export class NetworkEvaluator {
  readonly #policies: readonly Policy[];
  readonly #namespaces: ReadonlyMap<string, Labels>;
  readonly #rules: Readonly<Record<Direction, Map<NetworkPod, Rules | "open">>> = {
    Ingress: new Map(),
    Egress: new Map(),
  };
  /** For each pair the ports of the rules that are about it: what is left to ask for each port. */
  readonly #pairs: Readonly<Record<Direction, Map<NetworkPod, Map<Party, readonly (readonly Port[])[] | "open">>>> = {
    Ingress: new Map(),
    Egress: new Map(),
  };

  /**
   * @param policies NetworkPolicy objects; a field that is unknown here is an error, for it might decide something
   * @param namespaces the labels of every namespace; the one with its name is added, as the API server does
   */
  constructor(policies: readonly unknown[], namespaces: Readonly<Record<string, Labels>>) {
    this.#policies = policies.map((policy) => networkPolicy.parse(policy));
    this.#namespaces = new Map(
      Object.entries(namespaces).map(([name, own]) => [name, { ...own, "kubernetes.io/metadata.name": name }]),
    );
  }

  /** Whether a connection may be opened. Both ends have to agree; an end that is no pod always does, and so does a pod with itself. */
  allows(from: Party, to: Party, number: number, protocol: Protocol): boolean {
    if (from === to) return true;
    return (
      (!isPod(from) || this.leaves(from, to, number, protocol)) &&
      (!isPod(to) || this.enters(from, to, number, protocol))
    );
  }

  /** Whether the policies of the pod that opens the connection let it out. */
  leaves(from: NetworkPod, to: Party, number: number, protocol: Protocol): boolean {
    return this.#passes("Egress", from, to, to, number, protocol);
  }

  /** Whether the policies of the pod that is called let the connection in. */
  enters(from: Party, to: NetworkPod, number: number, protocol: Protocol): boolean {
    return this.#passes("Ingress", to, from, to, number, protocol);
  }

  /** How many policies select a pod, in either direction. */
  selecting(pod: NetworkPod): number {
    return this.#policies.filter((policy) => selects(policy, pod)).length;
  }

  #passes(direction: Direction, own: NetworkPod, other: Party, called: Party, number: number, protocol: Protocol) {
    const known = getOrMake(this.#pairs[direction], own, () => new Map<Party, readonly (readonly Port[])[] | "open">());
    const rules = getOrMake(known, other, () => {
      const all = getOrMake(this.#rules[direction], own, () => this.#rulesOf(direction, own));
      if (all === "open") return all;
      const isAbout = (rule: Rules[number]) =>
        rule.peers.length === 0 || rule.peers.some((one) => this.#judgePeer(one, rule.home, other));
      return all.filter(isAbout).map(({ ports: list }) => list);
    });
    if (rules === "open") return true;
    return rules.some((list) => list.length === 0 || list.some((one) => matchesPort(one, called, number, protocol)));
  }

  #rulesOf(direction: Direction, pod: NetworkPod): Rules | "open" {
    const isolating = this.#policies.filter(
      (policy) => selects(policy, pod) && policyTypes(policy).includes(direction),
    );
    if (isolating.length === 0) return "open";
    return isolating.flatMap(({ metadata: { namespace: home }, spec }) =>
      direction === "Ingress"
        ? (spec.ingress ?? []).map(({ from: peers = [], ports: list = [] }) => ({ peers, ports: list, home }))
        : (spec.egress ?? []).map(({ to: peers = [], ports: list = [] }) => ({ peers, ports: list, home })),
    );
  }

  #judgePeer({ ipBlock, podSelector, namespaceSelector }: Peer, home: string, party: Party): boolean {
    if (ipBlock !== undefined) {
      return isWithin(party.address, [ipBlock.cidr]) && !isWithin(party.address, ipBlock.except ?? []);
    }
    if (!isPod(party)) return false;
    const inNamespace =
      namespaceSelector === undefined
        ? party.namespace === home
        : matchesSelector(namespaceSelector, this.#labelsOf(party.namespace));
    return inNamespace && matchesSelector(podSelector ?? {}, party.labels);
  }

  #labelsOf(namespace: string): Labels {
    const found = this.#namespaces.get(namespace);
    if (found === undefined) throw new Error(`nobody said what labels the namespace ${namespace} has`);
    return found;
  }
}

export function isPod(party: Party): party is NetworkPod {
  return "labels" in party;
}

function selects({ metadata, spec }: Policy, pod: NetworkPod): boolean {
  return metadata.namespace === pod.namespace && matchesSelector(spec.podSelector, pod.labels);
}

/** Left out, a policy is about ingress, and about egress only if it has rules for it. */
function policyTypes({ spec }: Policy): readonly Direction[] {
  if (spec.policyTypes !== undefined && spec.policyTypes.length > 0) return spec.policyTypes;
  return (spec.egress ?? []).length > 0 ? ["Ingress", "Egress"] : ["Ingress"];
}

function matchesSelector({ matchLabels = {}, matchExpressions = [] }: Selector, own: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => own[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = own[key];
      switch (operator) {
        case "In":
          return value !== undefined && values.includes(value);
        case "NotIn":
          return value === undefined || !values.includes(value);
        case "Exists":
          return value !== undefined;
        case "DoesNotExist":
          return value === undefined;
      }
    })
  );
}

function matchesPort(
  { protocol, port: first, endPort }: Port,
  called: Party,
  number: number,
  asked: Protocol,
): boolean {
  if (protocol !== asked) return false;
  if (first === undefined) return true;
  if (typeof first === "number") return number >= first && number <= (endPort ?? first);
  // A named port is what the pod that is called calls so; what is no pod has no names.
  return (
    isPod(called) && called.ports.some((one) => one.name === first && one.port === number && one.protocol === protocol)
  );
}

const blocks = new Map<string, BlockList>();

/** Whether an address lies in one of the networks. */
export function isWithin(address: string, cidrs: readonly string[]): boolean {
  return cidrs.some((cidr) =>
    getOrMake(blocks, cidr, () => {
      const [network = "", prefix = ""] = cidr.split("/");
      const list = new BlockList();
      list.addSubnet(network, Number(prefix), isIPv6(network) ? "ipv6" : "ipv4");
      return list;
    }).check(address, isIPv6(address) ? "ipv6" : "ipv4"),
  );
}

function getOrMake<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
