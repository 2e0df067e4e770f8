import { kindOf, podsOf } from "./pods";
import { at, objectName, type Rendered } from "./resources";

type Labels = Readonly<Record<string, string>>;

export interface Node {
  readonly name: string;
  readonly zone: string;
}

/** Pods that one controller keeps alive and one budget protects. */
export interface Group {
  readonly name: string;
  readonly replicas: number;
  readonly minAvailable: number;
  /** Whether no two of them may share a node (required anti-affinity). */
  readonly exclusive: boolean;
  /** Whether each has a volume, which it follows and which is in one zone. */
  readonly bound: boolean;
  /** The budget's unhealthyPodEvictionPolicy. */
  readonly unhealthy: "AlwaysAllow" | "IfHealthyBudget";
  /** Whether pods that start get ready. @default true */
  readonly starts?: boolean;
}

interface Pod {
  readonly group: number;
  /** @default it waits for a node */
  readonly node?: number;
  readonly ready: boolean;
  /** Where its volume is. */
  readonly zone?: string;
}

interface State {
  /** How many of the nodes have been drained. */
  readonly drained: number;
  /** The order matters not; it is kept sorted, so that equal states are equal. */
  readonly pods: readonly Pod[];
}

export interface Scenario {
  readonly nodes: readonly Node[];
  readonly groups: readonly Group[];
  /** Indexes of nodes: they are drained one after the other. */
  readonly order: readonly number[];
  /** Whether a node takes pods again once it is empty, before the next is drained. */
  readonly uncordon: boolean;
}

/** Where a group's pods are: a node's index and whether it is ready; those beyond the list wait for a node. */
export type Placement = readonly { readonly node: number; readonly ready: boolean }[];

/**
 * A drain of all nodes as Kubernetes carries it out: `kubectl drain` cordons a node and evicts its pods, the eviction API goes by
 * the disruption budgets, controllers replace what was evicted, the scheduler places it, kubelets get it ready; in any order. Every
 * step leads nearer to the end, so a scenario from which no step is left has either ended or is stuck for ever.
 */
export class Drain {
  constructor(readonly scenario: Scenario) {}

  start(placements: readonly Placement[]): State {
    return sorted({
      drained: 0,
      pods: this.scenario.groups.flatMap((group, index) =>
        Array.from({ length: group.replicas }, (_, number): Pod => {
          const place = placements[index]?.[number];
          if (place === undefined) return { group: index, ready: false };
          const zone = group.bound ? { zone: this.#node(place.node).zone } : {};
          return { group: index, node: place.node, ready: place.ready, ...zone };
        }),
      ),
    });
  }

  /** Every state that one step can lead to; none: it has ended, or is stuck. */
  next(state: State): readonly State[] {
    const { order } = this.scenario;
    const draining = order[state.drained];
    const finished =
      draining !== undefined && !state.pods.some(({ node }) => node === draining)
        ? [{ ...state, drained: state.drained + 1 }]
        : [];
    const steps = state.pods.flatMap((pod, index): State[] => {
      const become = (changed: Pod) =>
        sorted({ ...state, pods: state.pods.map((one, at) => (at === index ? changed : one)) });
      if (pod.node === undefined) return this.#places(pod, state).map((node) => become({ ...pod, node }));
      return [
        ...(pod.ready || this.#group(pod).starts === false ? [] : [become({ ...pod, ready: true })]),
        // What is evicted is replaced by a pod without a node, with the same volume.
        ...(pod.node === draining && this.#evictable(pod, state)
          ? [become({ group: pod.group, ready: false, ...(pod.zone === undefined ? {} : { zone: pod.zone }) })]
          : []),
      ];
    });
    return [...finished, ...steps];
  }

  hasEnded({ drained }: State): boolean {
    return drained === this.scenario.order.length;
  }

  healthy({ pods }: State, group: number): number {
    return pods.filter((pod) => pod.group === group && pod.ready).length;
  }

  /** Explores every order of events: how many states there are, and those that are stuck. */
  explore(start: State): {
    readonly states: number;
    readonly stuck: readonly State[];
    readonly fewest: readonly number[];
  } {
    const seen = new Set([JSON.stringify(start)]);
    const open = [start];
    const stuck: State[] = [];
    const fewest = this.scenario.groups.map((_, group) => this.healthy(start, group));
    for (let state = open.pop(); state !== undefined; state = open.pop()) {
      const following = this.next(state);
      if (following.length === 0 && !this.hasEnded(state)) stuck.push(state);
      for (const [group, least] of fewest.entries()) fewest[group] = Math.min(least, this.healthy(state, group));
      for (const one of following) {
        const key = JSON.stringify(one);
        if (seen.has(key)) continue;
        seen.add(key);
        open.push(one);
      }
    }
    return { states: seen.size, stuck, fewest };
  }

  /** The nodes that a waiting pod may go to. */
  #places(pod: Pod, { drained, pods }: State): readonly number[] {
    const { nodes, order, uncordon } = this.scenario;
    const cordoned = new Set(uncordon ? order.slice(drained, drained + 1) : order.slice(0, drained + 1));
    return nodes.flatMap(({ zone }, node) => {
      const isTaken = pods.some((one) => one.group === pod.group && one.node === node);
      const fits = !cordoned.has(node) && !(this.#group(pod).exclusive && isTaken);
      return fits && (pod.zone === undefined || pod.zone === zone) ? [node] : [];
    });
  }

  /** As the eviction API decides. */
  #evictable(pod: Pod, state: State): boolean {
    const group = this.#group(pod);
    const healthy = this.healthy(state, pod.group);
    if (pod.ready) return healthy > group.minAvailable;
    return group.unhealthy === "AlwaysAllow" || healthy >= group.minAvailable;
  }

  #group({ group: index }: Pod): Group {
    const group = this.scenario.groups[index];
    if (group === undefined) throw new RangeError(`no group ${index}`);
    return group;
  }

  #node(index: number): Node {
    const node = this.scenario.nodes[index];
    if (node === undefined) throw new RangeError(`no node ${index}`);
    return node;
  }
}

function sorted(state: State): State {
  const key = ({ group, node, ready, zone }: Pod) => `${group} ${node ?? "-"} ${String(ready)} ${zone ?? ""}`;
  return { ...state, pods: [...state.pods].sort((one, other) => (key(one) < key(other) ? -1 : 1)) };
}

interface Term {
  readonly topologyKey: string;
}

/** The workloads of a stack with the budgets that protect them, at the fewest pods that they have. */
export function protectedGroups({ resources }: Rendered): readonly Group[] {
  const budgets = resources.filter((one) => kindOf(one) === "policy/PodDisruptionBudget");
  return budgets.flatMap((budget) => {
    const selector = at(budget, "spec", "selector", "matchLabels") as Labels;
    return resources.flatMap((resource) =>
      podsOf(resource)
        .filter(
          ({ spec, labels }) =>
            spec !== undefined && Object.entries(selector).every(([key, value]) => labels[key] === value),
        )
        .map((shape): Group => {
          const scaler = resources.find(
            (one) => kindOf(one) === "autoscaling/HorizontalPodAutoscaler" && objectName(one) === objectName(resource),
          );
          const replicas = scaler === undefined ? (shape.replicas ?? 1) : Number(at(scaler, "spec", "minReplicas"));
          const terms = at(
            resource,
            "spec",
            "template",
            "spec",
            "affinity",
            "podAntiAffinity",
            "requiredDuringSchedulingIgnoredDuringExecution",
          );
          const claims = (at(resource, "spec", "volumeClaimTemplates") ?? []) as readonly unknown[];
          return {
            name: shape.owner,
            replicas,
            minAvailable: minAvailable(at(budget, "spec") as Budget, replicas),
            exclusive: ((terms ?? []) as readonly Term[]).some(
              ({ topologyKey }) => topologyKey === "kubernetes.io/hostname",
            ),
            bound: claims.length > 0,
            unhealthy: (at(budget, "spec", "unhealthyPodEvictionPolicy") ?? "IfHealthyBudget") as Group["unhealthy"],
          };
        }),
    );
  });
}

interface Budget {
  readonly minAvailable?: number;
  readonly maxUnavailable?: number;
}

function minAvailable({ minAvailable: least, maxUnavailable }: Budget, replicas: number): number {
  const wanted = least ?? (maxUnavailable === undefined ? undefined : replicas - maxUnavailable);
  if (typeof wanted !== "number" || Number.isNaN(wanted)) throw new Error("a budget in per cent is not modelled");
  return wanted;
}
