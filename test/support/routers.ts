import type { ConfigValues } from "./resources";

/** One way for the traffic to come in, and what a release does to its objects. */
interface Router {
  readonly kind: "ingress" | "gateway";
  /** Sets it up without extensions that the embedded API server does not know. */
  readonly configure: (config: ConfigValues) => void;
  /** The routes that exist while there is one colour. */
  readonly alone: readonly string[];
  /** What an idle colour adds to the routes, and what it changes of them. */
  readonly idle: { readonly added: readonly string[]; readonly changed: readonly string[] };
  /** What a flip changes. */
  readonly flip: readonly string[];
  /** Prints `<host>=<the Service that gets its requests>` for every host. */
  readonly kubectl: readonly [kind: string, output: string];
}

/** Every scenario of a release is run with each of them. */
export const routers: readonly Router[] = [
  {
    kind: "ingress",
    configure: () => undefined,
    alone: ["Ingress traffic-public"],
    idle: { added: ["Ingress traffic-preview"], changed: [] },
    flip: ["Ingress traffic-preview", "Ingress traffic-public"],
    kubectl: [
      "ingress",
      "jsonpath={range .items[*].spec.rules[*]}{.host}={.http.paths[0].backend.service.name}{'\\n'}{end}",
    ],
  },
  {
    kind: "gateway",
    configure: (config) => {
      config["traffic"] = { ...(config["traffic"] as object), kind: "gateway", gateway: { extensions: "none" } };
    },
    alone: [
      "Gateway traffic-gateway",
      "Gateway traffic-preview-gateway",
      "HTTPRoute traffic-public",
      "HTTPRoute traffic-redirect",
    ],
    // The public route names both colours, so that its proxy knows the idle one's pods.
    idle: { added: ["HTTPRoute traffic-preview"], changed: ["HTTPRoute traffic-public"] },
    flip: ["HTTPRoute traffic-preview", "HTTPRoute traffic-public"],
    kubectl: [
      "httproutes",
      "jsonpath={range .items[*]}{.spec.hostnames[0]}={.spec.rules[0].backendRefs[?(@.weight==100)].name}{'\\n'}{end}",
    ],
  },
];
