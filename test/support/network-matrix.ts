import type { Edge, Endpoint, PodEndpoint } from "../../components/security/network-edges";
import { loadConfig } from "../../infra/config";
import { derive } from "../../infra/derive";
import { hideSecrets, installMonitor, type Registered } from "./mocks";
import { isPod, isWithin, NetworkEvaluator, type NetworkPod, type Party, type Protocol } from "./network-evaluator";
import { kindOf, podsOf } from "./pods";
import { type ConfigValues, renderStack, type StackName } from "./resources";

type Labels = Readonly<Record<string, string>>;

/** A NetworkPolicy object as it was rendered. */
export interface PolicyObject {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: Readonly<Record<string, unknown>>;
}

interface Port {
  readonly number: number;
  readonly protocol: Protocol;
  /** Such as `443/TCP`. */
  readonly name: string;
}

type Table = (from: Party, to: Party, port: Port) => boolean;

/** A stack's network: the policies that it renders, the edges that it declares, and everybody who may try to connect. */
export interface Network {
  readonly policies: readonly PolicyObject[];
  readonly namespaces: Readonly<Record<string, Labels>>;
  /** The pods whose namespaces are ours to close. */
  readonly own: readonly NetworkPod[];
  /** Those, and everybody else. */
  readonly parties: readonly Party[];
  readonly ports: readonly Port[];
  /** Whether the table says that the pod that opens the connection may, and whether the one that is called may be. */
  readonly declared: Readonly<Record<"leaves" | "enters", Table>>;
}

/** A way on which the policies of one end and the table disagree. */
export interface Disagreement {
  readonly from: string;
  readonly to: string;
  readonly port: string;
  /** Whose policies decide. */
  readonly decides: string;
  readonly declared: boolean;
}

/** Somewhere that the stack knows nothing of. */
const ELSEWHERE = "elsewhere";

const machines = [
  { name: "the Internet", address: "1.1.1.1" },
  { name: "the Internet by IPv6", address: "2001:db8::1" },
  { name: "a private address", address: "10.255.0.1" },
  { name: "another private address", address: "172.20.0.1" },
  { name: "a third private address", address: "192.168.0.1" },
  { name: "a shared address", address: "100.64.0.1" },
  { name: "the cloud's metadata service", address: "169.254.169.254" },
  { name: "a loopback address", address: "127.0.0.1" },
];

/** Runs the program with a configuration and collects its network. */
export async function networkOf(
  stack: StackName,
  change?: (config: ConfigValues) => void,
  encrypted?: readonly string[],
): Promise<Network> {
  const { resources } = await renderStack(stack, change, encrypted);
  // The configuration of that run is still in place.
  installMonitor("monitoring-web-service", stack);
  const { edges, namespaces } = derive(loadConfig());
  const labelled = objects(resources, "core/Namespace") as readonly { metadata: { name: string; labels?: Labels } }[];
  return assembleNetwork(
    edges,
    namespaces,
    resources,
    Object.fromEntries(labelled.map(({ metadata }) => [metadata.name, metadata.labels ?? {}])),
  );
}

/**
 * @param own the namespaces that the policies close
 * @param resources what is rendered: the policies, and what makes pods
 * @param labels those of the namespaces that are known to have some
 */
export function assembleNetwork(
  edges: readonly Edge[],
  own: readonly string[],
  resources: readonly Registered[],
  labels: Readonly<Record<string, Labels>> = {},
): Network {
  const found = new Parties(edges, own);
  for (const shape of resources.flatMap(podsOf)) found.pod(shape.owner, shape.namespace, shape.labels, shape.ports);
  found.addStrangers();
  const parties = found.all();
  return {
    policies: objects(resources, "networking.k8s.io/NetworkPolicy") as readonly PolicyObject[],
    namespaces: { ...Object.fromEntries(found.namespaces.map((name) => [name, {}])), ...labels },
    own: parties.filter((party) => isPod(party)).filter(({ namespace }) => own.includes(namespace)),
    parties,
    ports: portsOf(edges, parties),
    declared: tableOf(edges, parties),
  };
}

function objects(resources: readonly Registered[], kind: string): readonly unknown[] {
  return resources.filter((resource) => kindOf(resource) === kind).map(({ inputs }) => hideSecrets(inputs));
}

/** Every disagreement of the policies with the table; each end's policies are judged alone, so that one cannot hide the other's gap. */
export function* disagreements(
  { namespaces, own, parties, ports, declared }: Network,
  policies: readonly PolicyObject[],
  judged: readonly NetworkPod[] = own,
): Generator<Disagreement> {
  const evaluator = new NetworkEvaluator(policies, namespaces);
  for (const pod of judged) {
    for (const other of parties) {
      for (const port of ports) {
        const { number, protocol } = port;
        for (const [from, to, open, expected] of [
          [pod, other, evaluator.leaves(pod, other, number, protocol), declared.leaves(pod, other, port)],
          [other, pod, evaluator.enters(other, pod, number, protocol), declared.enters(other, pod, port)],
        ] as const) {
          if (open === expected) continue;
          yield { from: from.name, to: to.name, port: port.name, decides: pod.name, declared: expected };
        }
      }
    }
  }
}

/** How many ways there are from or to our pods, and how many of them the policies of both ends leave open. */
export function survey({ namespaces, own, parties, ports, policies }: Network) {
  const evaluator = new NetworkEvaluator(policies, namespaces);
  const ours = new Set<Party>(own);
  let [pairs, open] = [0, 0];
  for (const from of parties) {
    for (const to of parties) {
      // A pod is always let through to itself.
      if (from === to || !(ours.has(from) || ours.has(to))) continue;
      pairs += 1;
      for (const { number, protocol } of ports) if (evaluator.allows(from, to, number, protocol)) open += 1;
    }
  }
  const ways = pairs * ports.length;
  return { pairs, ports: ports.length, ways, open, closed: ways - open };
}

/** Collects who is there, each once. */
class Parties {
  readonly #pods = new Map<string, NetworkPod>();
  readonly #edges: readonly Edge[];
  readonly #own: readonly string[];

  constructor(edges: readonly Edge[], own: readonly string[]) {
    this.#edges = edges;
    this.#own = own;
  }

  all(): readonly Party[] {
    return [...this.#pods.values(), ...this.#machines()];
  }

  get namespaces(): readonly string[] {
    return [...new Set([...this.#own, ...this.#endpoints().map(({ namespace }) => namespace), ELSEWHERE])];
  }

  pod(
    name: string,
    namespace: string,
    labels: Labels,
    ports: readonly { name?: string; containerPort: number; protocol?: Protocol }[] = [],
  ): void {
    const key = `${namespace} ${JSON.stringify(Object.entries(labels).sort())}`;
    const number = this.#pods.size + 1;
    this.#pods.set(
      key,
      this.#pods.get(key) ?? {
        name: `${name} in ${namespace}`,
        namespace,
        labels,
        address: `10.244.${Math.floor(number / 250)}.${(number % 250) + 1}`,
        ports: ports.map((port) => ({ name: port.name, port: port.containerPort, protocol: port.protocol ?? "TCP" })),
      },
    );
  }

  /**
   * Those whom the edges name and nobody renders; and those who only look like an end of an edge: its labels in a namespace that
   * nobody knows or in that of the edge's other end, all of its labels but one, no labels at all.
   */
  addStrangers(): void {
    for (const { name, namespace, labels } of this.#endpoints()) {
      const keys = Object.keys(labels);
      if (keys.length === 0) continue;
      const rendered = [...this.#pods.values()].some(
        (pod) => pod.namespace === namespace && carries(pod.labels, labels),
      );
      if (!rendered) this.pod(name, namespace, labels);
      for (const other of this.#neighbours(name, namespace)) this.pod(`one like ${name}`, other, labels);
      for (const missing of keys.length > 1 ? keys : []) {
        this.pod(
          `${name} without ${missing}`,
          namespace,
          Object.fromEntries(Object.entries(labels).filter(([key]) => key !== missing)),
        );
      }
    }
    for (const namespace of this.namespaces) this.pod("an unlabelled pod", namespace, {});
  }

  /** The other namespaces of ours that an endpoint has an edge to or from, and one that nobody knows. */
  #neighbours(name: string, namespace: string): readonly string[] {
    const is = (end: Endpoint) => end.kind === "pods" && end.name === name && end.namespace === namespace;
    const others = this.#edges.flatMap(({ from, to }) => [...(is(from) ? [to] : []), ...(is(to) ? [from] : [])]);
    const namespaces = others.filter((end) => end.kind === "pods").map((end) => end.namespace);
    return [...new Set([...namespaces, ELSEWHERE])].filter((other) => other !== namespace);
  }

  #endpoints(): readonly PodEndpoint[] {
    return this.#edges.flatMap(({ from, to }) => [from, to]).filter((end) => end.kind === "pods");
  }

  /** Some everywhere, and the first and last address of each network that an edge names, and those just outside of it. */
  #machines(): readonly Party[] {
    const networks = this.#edges
      .flatMap(({ from, to }) => [from, to])
      .filter((end) => end.kind === "networks")
      .flatMap(({ cidrs, except = [] }) => [...cidrs, ...except]);
    const known = new Set(machines.map(({ address }) => address));
    const borders = [...new Set(networks.flatMap(addressesAround))].filter((address) => !known.has(address));
    return [...machines, ...borders.map((address) => ({ name: address, address }))];
  }
}

/** The first and last address of a network, and their neighbours outside of it. */
function addressesAround(cidr: string): readonly string[] {
  const [network = "", prefix = ""] = cidr.split("/");
  const size = 2 ** (32 - Number(prefix));
  const value = network.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
  const first = Math.floor(value / size) * size;
  return [first - 1, first, first + size - 1, first + size]
    .filter((address) => address >= 0 && address < 2 ** 32)
    .map((address) => [24, 16, 8, 0].map((bits) => Math.floor(address / 2 ** bits) % 256).join("."));
}

/** Every port that somebody listens on or an edge names, the one above it, and two that mean nothing. */
function portsOf(edges: readonly Edge[], parties: readonly Party[]): readonly Port[] {
  const named = [
    ...edges.flatMap(({ ports }) => ports.map(({ port }) => port)),
    ...parties.filter(isPod).flatMap(({ ports }) => ports.map(({ port }) => port)),
  ];
  const numbers = new Set([1, ...named.flatMap((port) => [port, port + 1]), 65_535]);
  return [
    ...[...numbers].flatMap((number) => [portOf(number, "TCP"), portOf(number, "UDP")]),
    portOf(named[0] ?? 1, "SCTP"),
  ];
}

function portOf(number: number, protocol: Protocol): Port {
  return { number, protocol, name: `${number}/${protocol}` };
}

/**
 * The table of edges as two questions, asked by address and label, not by policy. An end that is a network also holds pods, by their
 * addresses: their own policies know nothing of it.
 */
function tableOf(edges: readonly Edge[], parties: readonly Party[]): Network["declared"] {
  return {
    leaves: question(
      edges.filter(({ from }) => from.kind === "pods"),
      parties,
    ),
    enters: question(
      edges.filter(({ to }) => to.kind === "pods"),
      parties,
    ),
  };
}

function question(edges: readonly Edge[], parties: readonly Party[]): Table {
  const members = (endpoint: Endpoint) => parties.filter((party) => belongs(party, endpoint));
  const open = new Map(parties.map((party) => [party, new Map<Party, Set<string>>()]));
  for (const { from, to, ports } of edges) {
    const callees = members(to);
    for (const caller of members(from)) {
      for (const callee of callees) {
        const ways = open.get(caller)?.get(callee) ?? new Set<string>();
        for (const { port, protocol } of ports) ways.add(portOf(port, protocol).name);
        open.get(caller)?.set(callee, ways);
      }
    }
  }
  return (from, to, { name }) => open.get(from)?.get(to)?.has(name) ?? false;
}

function belongs(party: Party, endpoint: Endpoint): boolean {
  return endpoint.kind === "networks"
    ? isWithin(party.address, endpoint.cidrs) && !isWithin(party.address, endpoint.except ?? [])
    : isPod(party) && party.namespace === endpoint.namespace && carries(party.labels, endpoint.labels);
}

function carries(labels: Labels, wanted: Labels): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}
