import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Edge, Endpoint } from "../../components/security/network-edges";
import { loadConfig } from "../../infra/config";
import { derive } from "../../infra/derive";
import { at, type ConfigValues, objectName, renderStack, type Rendered } from "./resources";
import { targets } from "./routes";
import { installMonitor, type Registered } from "./mocks";

const root = resolve(__dirname, "../..");

type Labels = Readonly<Record<string, string>>;

/**
 * Draws the running system from the objects that the program registers, as a Mermaid flowchart: hosts to Services by the
 * routes, Services to Deployments by their selectors, and everybody to whom the edges let them reach.
 */
export async function drawSystem(change: (config: ConfigValues) => void = () => undefined): Promise<string> {
  // Production with both of its colours, as it is during a release.
  const rendered = await renderStack("production", (config) => {
    const release = config["release"] as { blue: object };
    config["release"] = { ...release, green: release.blue };
    change(config);
  });
  const lines = [...routes(rendered), ...workloads(rendered), ...neighbours(rendered)];
  return ["```mermaid", "flowchart LR", ...[...new Set(lines)].map((line) => `  ${line}`), "```"].join("\n");
}

function kind({ resources }: Rendered, name: string): readonly Registered[] {
  return resources.filter(({ type }) => type.startsWith("kubernetes:") && type.endsWith(`:${name}`));
}

const id = (text: string) => text.replaceAll(/[^A-Za-z0-9]/g, "_");
const matches = (selector: Labels, labels: Labels) =>
  Object.entries(selector).every(([key, value]) => labels[key] === value);

/** Hosts to Services, through the proxy. A Service without a share of the requests is known to the proxy all the same. */
function routes(rendered: Rendered): string[] {
  const all = targets(rendered);
  const proxies = [...new Set(all.map(({ proxy }) => proxy))];
  const proxyId = (proxy: string) => (proxies.length === 1 ? "proxy" : id(`proxy ${proxy}`));
  return all.flatMap(({ host, preview, proxy, services }) => {
    const line = preview ? "-.->" : "==>";
    const who = preview ? "operators" : "clients";
    return [
      `${who}([${who}]) ${line}|${host}| ${proxyId(proxy)}[${proxy}<br/>TLS]`,
      ...services.map(({ name, weight }) => {
        const share = weight > 0 ? line : "-.-";
        return `${proxyId(proxy)} ${share} ${id(`service ${name}`)}[Service<br/>${name}]`;
      }),
    ];
  });
}

/** Deployments, with what scales and protects them, behind the Services that a route leads to. */
function workloads(rendered: Rendered): string[] {
  const routed = targets(rendered).flatMap(({ services }) => services.map(({ name }) => name));
  return kind(rendered, "Service").flatMap((service) => {
    const selector = at(service, "spec", "selector") as Labels;
    const behind = kind(rendered, "Deployment").filter((deployment) =>
      matches(selector, at(deployment, "spec", "template", "metadata", "labels") as Labels),
    );
    return behind.map((deployment) => {
      const name = objectName(deployment) ?? deployment.name;
      const scaler = kind(rendered, "HorizontalPodAutoscaler").find(
        (one) => at(one, "spec", "scaleTargetRef", "name") === name,
      );
      const budget = kind(rendered, "PodDisruptionBudget").find((one) =>
        matches(at(one, "spec", "selector", "matchLabels") as Labels, selector),
      );
      const facts = [
        `Deployment`,
        name,
        ...(scaler === undefined
          ? []
          : [`${String(at(scaler, "spec", "minReplicas"))} to ${String(at(scaler, "spec", "maxReplicas"))} pods`]),
        ...(budget === undefined ? [] : [`at least ${String(at(budget, "spec", "minAvailable"))} always`]),
      ];
      const before = objectName(service) ?? "";
      const way = routed.includes(before) ? `${id(`service ${before}`)} --> ` : "";
      return `${way}${id(`deployment ${name}`)}[${facts.join("<br/>")}]`;
    });
  });
}

/** What lets requests in, by the names of the edges: the routes show it already. */
const proxies: readonly string[] = ["NGINX ingress controller", "public gateway", "preview gateway"];

/**
 * Whom the Deployments' pods may reach, and who may reach them beside the proxy; of the namespace's other pods, what they have to do with
 * each other. What every pod may do is left out.
 */
function neighbours(rendered: Rendered): string[] {
  const { namespace } = rendered.outputs;
  const edges = tableOfEdges().filter(({ from, to }) => ![from, to].some(isEveryPod));
  const deployments = kind(rendered, "Deployment").filter((one) => at(one, "metadata", "namespace") === namespace);
  const nodes = (end: Endpoint): string[] => {
    const own = deployments
      .filter((deployment) => holds(end, deployment))
      .map((one) => id(`deployment ${objectName(one) ?? ""}`));
    return own.length > 0 ? own : [`${id(`peer ${end.name}`)}(${end.name})`];
  };
  const isOwn = (end: Endpoint) => deployments.some((deployment) => holds(end, deployment));
  const isInside = (end: Endpoint) => end.kind === "pods" && end.namespace === namespace;
  return (
    edges
      .filter(({ from, to }) => isOwn(from) || isOwn(to) || (isInside(from) && isInside(to)))
      // What the members of one group say to each other is the group's own business.
      .filter(({ from, to }) => from.name !== to.name)
      .filter(({ from, to }) => !proxies.includes(from.name) && !proxies.includes(to.name))
      .flatMap(({ from, to, ports }) => {
        const list = ports.map(({ port }) => port).join(", ");
        return nodes(from).flatMap((caller) => nodes(to).map((callee) => `${caller} -->|${list}| ${callee}`));
      })
  );
}

function holds(end: Endpoint, deployment: Registered): boolean {
  if (end.kind !== "pods" || at(deployment, "metadata", "namespace") !== end.namespace) return false;
  return matches(end.labels, at(deployment, "spec", "template", "metadata", "labels") as Labels);
}

function isEveryPod(end: Endpoint): boolean {
  return end.kind === "pods" && Object.keys(end.labels).length === 0;
}

/** The edges of the configuration that was rendered last. */
function tableOfEdges(): readonly Edge[] {
  installMonitor("monitoring-web-service", "production");
  return derive(loadConfig()).edges;
}

const BLOCK = /(<!-- diagram:start -->\n)[\s\S]*?(<!-- diagram:end -->)/;

/** The documents that show the picture. */
export const illustrated = ["README.md", "docs/architecture.md"] as const;

/** The picture as it stands in a document. */
export function pictureIn(path: string): string {
  const block = BLOCK.exec(readFileSync(resolve(root, path), "utf8"));
  if (block === null) throw new Error(`${path} has no place for the picture`);
  return block[0].split("\n").slice(1, -1).join("\n").trim();
}

export function putPictureIn(path: string, picture: string): void {
  const file = resolve(root, path);
  writeFileSync(file, readFileSync(file, "utf8").replace(BLOCK, `$1\n${picture}\n\n$2`));
}
