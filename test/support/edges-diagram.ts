import type { Edge, Endpoint } from "../../components/security/network-edges";

/**
 * Draws the edges of one namespace as a Mermaid flowchart: its pods in the middle, the other ends by their namespaces around them.
 * Edges of every pod are left out: they would cross everything and say nothing about anyone.
 */
export function drawEdges(namespace: string, edges: readonly Edge[]): string {
  const own = edges.filter(
    ({ from, to }) => [from, to].some((end) => isIn(end, namespace)) && ![from, to].some(isEveryPod),
  );
  const ends = [...new Map(own.flatMap(({ from, to }) => [from, to]).map((end) => [idOf(end), end])).values()];
  const namespaces = [
    ...new Set([namespace, ...ends.filter((end) => end.kind === "pods").map((end) => end.namespace)]),
  ];
  return [
    "```mermaid",
    "flowchart LR",
    ...namespaces.flatMap((name) => [
      `  subgraph ${clean(`namespace ${name}`)} ["namespace ${name}"]`,
      ...ends.filter((end) => isIn(end, name)).map((end) => `    ${idOf(end)}["${end.name}"]`),
      "  end",
    ]),
    ...ends.filter((end) => end.kind === "networks").map((end) => `  ${idOf(end)}(["${end.name}"])`),
    ...own.map((edge) => `  ${idOf(edge.from)} -->|"${portList(edge)}"| ${idOf(edge.to)}`),
    "```",
  ].join("\n");
}

function isIn(end: Endpoint, namespace: string): boolean {
  return end.kind === "pods" && end.namespace === namespace;
}

function isEveryPod(end: Endpoint): boolean {
  return end.kind === "pods" && Object.keys(end.labels).length === 0;
}

function idOf(end: Endpoint): string {
  return clean(end.kind === "pods" ? `${end.namespace} ${end.name}` : `network ${end.name}`);
}

const clean = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]+/g, "_");

/** TCP goes without saying. */
function portList({ ports }: Edge): string {
  return ports.map(({ port, protocol }) => (protocol === "TCP" ? String(port) : `${port}/${protocol}`)).join(", ");
}
