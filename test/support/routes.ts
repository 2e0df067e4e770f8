import type { Registered } from "./mocks";
import { at, type Rendered } from "./resources";

/** Where the requests for one host go. */
export interface Target {
  readonly host: string;
  /** Whether it is the operators' way. */
  readonly preview: boolean;
  /** What lets the requests in. */
  readonly proxy: string;
  readonly services: readonly { readonly name: string; readonly weight: number }[];
}

/** All routes to Services, whichever way the traffic comes in; the users' first. */
export function targets({ resources }: Rendered): readonly Target[] {
  const kind = ({ type }: Registered) => type.split(":").at(-1);
  return [
    ...resources.filter((resource) => kind(resource) === "Ingress").flatMap(ofIngress),
    ...resources.filter((resource) => kind(resource) === "HTTPRoute").flatMap(ofHttpRoute),
  ].sort((one, other) => Number(one.preview) - Number(other.preview));
}

/** The Service that gets all requests for a host. */
export function serviceOf(rendered: Rendered, host: string): string | undefined {
  const services = targets(rendered).find((target) => target.host === host)?.services ?? [];
  const [only, ...others] = services.filter(({ weight }) => weight > 0);
  if (others.length > 0) throw new Error(`${host} is shared by ${services.map(({ name }) => name).join(", ")}`);
  return only?.name;
}

const isPreview = ({ name }: Registered) => name.endsWith("-preview");

interface Path {
  readonly backend: { readonly service: { readonly name: string } };
}

function ofIngress(ingress: Registered): readonly Target[] {
  const rules = at(ingress, "spec", "rules") as readonly { host: string; http: { paths: readonly Path[] } }[];
  return rules.map(({ host, http }) => ({
    host,
    preview: isPreview(ingress),
    proxy: "NGINX ingress controller",
    services: http.paths.map(({ backend }) => ({ name: backend.service.name, weight: 1 })),
  }));
}

interface Backend {
  readonly name: string;
  readonly weight: number;
}

function ofHttpRoute(route: Registered): readonly Target[] {
  const services = (at(route, "spec", "rules", 0, "backendRefs") ?? []) as readonly Backend[];
  // A redirect leads nowhere.
  if (services.length === 0) return [];
  const hosts = at(route, "spec", "hostnames") as readonly string[];
  const gateway = String(at(route, "spec", "parentRefs", 0, "name"));
  return hosts.map((host) => ({ host, preview: isPreview(route), proxy: `Gateway ${gateway}`, services }));
}
