import { z } from "zod";
import type { Api } from "./api";

interface NodePlan {
  readonly name: string;
  readonly zone: string;
}

/** One node in each of three zones, as in production. */
export const nodePlans: readonly NodePlan[] = ["a", "b", "c"].map((letter) => ({
  name: `local-${letter}`,
  zone: `local-1${letter}`,
}));

const nodeRegion = "local-1";

/** What each simulated node offers; more than the product's default size asks for. */
const CAPACITY = { cpu: "8", memory: "32Gi", pods: "110", "ephemeral-storage": "100Gi" };

const nodeState = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({ taints: z.array(z.object({ key: z.string() })).optional() }),
  status: z.object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).optional() }).optional(),
});

const nodeList = z.object({ items: z.array(nodeState) });

/** Creates the nodes or puts their labels and capacity right. */
export async function applyNodes(api: Api, signal?: AbortSignal): Promise<void> {
  await Promise.all(
    nodePlans.map(async ({ name, zone }) => {
      const node = { apiVersion: "v1", kind: "Node", metadata: { name } };
      const labels = {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "topology.kubernetes.io/zone": zone,
        "topology.kubernetes.io/region": nodeRegion,
        "node.kubernetes.io/instance-type": "simulated",
      };
      await api.apply(`/api/v1/nodes/${name}`, { ...node, metadata: { name, labels } }, signal);
      const status = { capacity: CAPACITY, allocatable: CAPACITY };
      await api.apply(`/api/v1/nodes/${name}/status`, { ...node, status }, signal);
    }),
  );
}

/** The first node of ours that takes no pods yet. */
export async function firstUnready(api: Api, signal?: AbortSignal): Promise<string | undefined> {
  const { items } = await api.get("/api/v1/nodes", nodeList, signal);
  return nodePlans.find(({ name }) => {
    const node = items.find((item) => item.metadata.name === name);
    const ready = node?.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
    // The scheduler goes by the taint, which the node controller takes away a moment after the node is Ready.
    return !ready || node?.spec.taints?.some(({ key }) => key.startsWith("node.kubernetes.io/")) === true;
  })?.name;
}

/**
 * Lets a new kwok manage the nodes at once: it respects the lease of the kwok before it, which a killed one held for up to 40
 * seconds more.
 */
export async function freeNodeLeases(api: Api, signal?: AbortSignal): Promise<void> {
  await Promise.all(
    nodePlans.map(({ name }) =>
      api.remove(`/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${name}`, signal),
    ),
  );
}
