import type { PolicyObject } from "./network-matrix";

/** A set of policies with one thing changed for the worse. */
export interface Mutation {
  readonly what: string;
  readonly policies: readonly PolicyObject[];
  /** The policy before and after; after is missing where it was removed. */
  readonly changed: readonly PolicyObject[];
}

interface Peer {
  readonly podSelector?: { readonly matchLabels?: Readonly<Record<string, string>> };
  readonly namespaceSelector?: object;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}

interface Rule {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
  readonly ports?: readonly { readonly port: number; readonly protocol: string }[];
}

type Variant<Value> = readonly [what: string, value: Value];

const directions = [
  ["ingress", "from"],
  ["egress", "to"],
] as const;

/** Every policy removed, every rule, port and peer of each removed, and every one of them widened in each way that there is. */
export function mutations(policies: readonly PolicyObject[]): readonly Mutation[] {
  return policies.flatMap((policy) => {
    const replace = (changed?: PolicyObject) =>
      policies.flatMap((one) => (one !== policy ? [one] : changed === undefined ? [] : [changed]));
    const name = `${policy.metadata.namespace}/${policy.metadata.name}`;
    return [
      { what: `${name} is removed`, policies: replace(), changed: [policy] },
      ...variantsOfSpec(policy.spec).map(([what, spec]) => {
        const changed = { ...policy, spec };
        return { what: `${name}: ${what}`, policies: replace(changed), changed: [policy, changed] };
      }),
    ];
  });
}

function variantsOfSpec(spec: PolicyObject["spec"]): Variant<PolicyObject["spec"]>[] {
  const types = spec["policyTypes"] as readonly string[];
  return [
    ...(types.length > 1 ? types : []).map((type): Variant<PolicyObject["spec"]> => [
      `${type} is no type of it`,
      { ...spec, policyTypes: types.filter((other) => other !== type) },
    ]),
    ...variantsOfSelector(spec["podSelector"] as Peer["podSelector"]).map(
      ([what, podSelector]): Variant<PolicyObject["spec"]> => [`its selector ${what}`, { ...spec, podSelector }],
    ),
    ...directions.flatMap(([direction, key]) => {
      const rules = (spec[direction] ?? []) as readonly Rule[];
      return rules.flatMap((rule, index) =>
        variantsOfRule(rule, key).map(([what, variant]): Variant<PolicyObject["spec"]> => [
          `${direction}[${index}] ${what}`,
          {
            ...spec,
            [direction]: rules.flatMap((one) => (one !== rule ? [one] : variant === undefined ? [] : [variant])),
          },
        ]),
      );
    }),
  ];
}

function variantsOfRule(rule: Rule, key: "from" | "to"): Variant<Rule | undefined>[] {
  const { ports = [], [key]: peers = [] } = rule;
  const withPort = (index: number, ...replacement: readonly object[]) =>
    ({ ...rule, ports: [...ports.slice(0, index), ...replacement, ...ports.slice(index + 1)] }) as Rule;
  return [
    ["is removed", undefined],
    ["is for all peers", { ...rule, [key]: [] }],
    ["is for all ports", { ...rule, ports: [] }],
    ...ports.flatMap((port, index): Variant<Rule>[] => [
      ...(ports.length > 1 ? [[`has no ports[${index}]`, withPort(index)] as const] : []),
      [`has one port more than ports[${index}]`, withPort(index, { ...port, endPort: port.port + 1 })],
      [`has another port than ports[${index}]`, withPort(index, { ...port, port: port.port + 1 })],
      [`has all ports by the protocol of ports[${index}]`, withPort(index, { protocol: port.protocol })],
    ]),
    ...peers.flatMap((peer, index): Variant<Rule>[] => [
      ...(peers.length > 1
        ? [[`has no ${key}[${index}]`, { ...rule, [key]: peers.filter((one) => one !== peer) }] as const]
        : []),
      ...variantsOfPeer(peer).map(([what, variant]): Variant<Rule> => [
        `has a ${key}[${index}] that ${what}`,
        { ...rule, [key]: peers.map((one) => (one === peer ? variant : one)) },
      ]),
    ]),
  ];
}

function variantsOfPeer(peer: Peer): Variant<Peer>[] {
  const { ipBlock, namespaceSelector, podSelector } = peer;
  if (ipBlock !== undefined) {
    const { cidr, except = [] } = ipBlock;
    const [network = "", prefix = "0"] = cidr.split("/");
    return [
      ...(prefix === "0"
        ? []
        : [
            ["is twice as wide", { ipBlock: { ...ipBlock, cidr: `${network}/${Number(prefix) - 1}` } }] as const,
            ["is everybody", { ipBlock: { ...ipBlock, cidr: "0.0.0.0/0" } }] as const,
          ]),
      ...except.map((one): Variant<Peer> => [
        `does not leave ${one} out`,
        { ipBlock: { cidr, except: except.filter((other) => other !== one) } },
      ]),
    ];
  }
  return [
    ...(namespaceSelector === undefined
      ? []
      : [
          [
            "is in the policy's own namespace",
            podSelector === undefined ? { podSelector: {} } : { podSelector },
          ] as const,
        ]),
    ["is in any namespace", { ...peer, namespaceSelector: {} }],
    ...variantsOfSelector(podSelector).map(([what, wider]): Variant<Peer> => [what, { ...peer, podSelector: wider }]),
  ];
}

function variantsOfSelector(selector: Peer["podSelector"]): Variant<NonNullable<Peer["podSelector"]>>[] {
  const labels = Object.entries(selector?.matchLabels ?? {});
  if (labels.length === 0) return [];
  return [
    ["takes every pod", {}],
    ...(labels.length === 1 ? [] : labels).map(([key]): Variant<NonNullable<Peer["podSelector"]>> => [
      `does not ask for ${key}`,
      { matchLabels: Object.fromEntries(labels.filter(([other]) => other !== key)) },
    ]),
  ];
}
