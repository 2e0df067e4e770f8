import { set } from "./config-messages";
import { type ConfigValues, type differences } from "./resources";

/** Another implementation of a part of the stack, as the configuration chooses it. */
interface Alternative {
  /** The key that chooses, with slashes. */
  readonly key: string;
  readonly value: string;
  /** Further keys that it cannot do without. @default none */
  readonly with?: Readonly<Record<string, unknown>>;
  /** The component that is another one then; what belongs to it has a name that starts with this. */
  readonly component: string;
  /** What else the choice touches, as `differences` names it. */
  readonly touches: readonly string[];
}

/** The policies of pods that are not there then. */
const policies = (...names: readonly string[]) => names.map((name) => `NetworkPolicy network-policies-${name}`);

/** What changes where a server is somebody else's: who may be reached, what the namespace has room for, and what services are told. */
const SERVER_ELSEWHERE = [
  "Deployment monitoring-web-service-blue",
  "Deployment monitoring-web-service-green",
  "NetworkPolicy network-policies-monitoring-web-service",
  "ResourceQuota namespace-quota",
  "Secret monitoring-web-service-secrets",
];

/** To add one is to add a row here, and to run the tests once with UPDATE_GOLDEN=1. */
const alternatives: readonly Alternative[] = [
  {
    key: "traffic/kind",
    value: "gateway",
    component: "traffic",
    touches: [
      "NetworkPolicy network-policies-monitoring-web-service",
      "NetworkPolicy network-policies-preview-gateway",
      "NetworkPolicy network-policies-public-gateway",
      // Where the stack installs the Ingress controller, it stays, and leads nowhere of ours.
      "NetworkPolicy platform-nginx-ingress-policies-nginx-ingress-controller",
      "ResourceQuota namespace-quota",
    ],
  },
  {
    key: "database/kind",
    value: "existing",
    with: { "database/existing": { host: "postgresql.example.com", peer: { cidrs: ["10.50.0.0/24"] } } },
    component: "database",
    touches: [
      ...SERVER_ELSEWHERE,
      ...policies("timescaledb-poolers", "timescaledb-recovered-servers", "timescaledb-servers"),
      // The operator stays, and has no database to call.
      "NetworkPolicy platform-cnpg-system-policies-cloudnativepg-operator",
    ].sort(),
  },
  {
    key: "cache/kind",
    value: "existing",
    with: { "cache/existing": { host: "redis.example.com", peer: { cidrs: ["10.51.0.0/24"] } } },
    component: "cache",
    touches: [...SERVER_ELSEWHERE, ...policies("cache-snapshot", "redis-proxy", "valkey")].sort(),
  },
];

/** A combination of alternatives, at most one for each key. */
export interface Variant {
  /** `traffic-gateway`, joined by `+`. */
  readonly name: string;
  readonly alternatives: readonly Alternative[];
}

const nameOf = ({ key, value }: Alternative) => `${key.split("/")[0] ?? key}-${value}`;

const toVariant = (chosen: readonly Alternative[]): Variant => ({
  name: chosen.map(nameOf).join("+"),
  alternatives: chosen,
});

/** Every combination but the one of all defaults. */
export const variants: readonly Variant[] = [...new Set(alternatives.map(({ key }) => key))]
  .reduce<readonly (readonly Alternative[])[]>(
    (chosen, key) =>
      chosen.flatMap((some) => [
        some,
        ...alternatives.filter((one) => one.key === key).map((alternative) => [...some, alternative]),
      ]),
    [[]],
  )
  .filter((chosen) => chosen.length > 0)
  .map(toVariant);

/** The variant without one of its alternatives. */
export function without(variant: Variant, alternative: Alternative): Variant {
  return toVariant(variant.alternatives.filter((one) => one !== alternative));
}

/** Edits a stack's configuration. Both colours exist, so that nothing of a router is left out. */
export function configure({ alternatives: chosen }: Variant): (config: ConfigValues) => void {
  return (config) => {
    const release = config["release"] as { blue: object };
    config["release"] = { ...release, green: release.blue };
    for (const { key, value, with: others = {} } of chosen) {
      for (const [path, other] of Object.entries({ [key]: value, ...others })) set(config, path, other);
    }
  };
}

/** What a change touches outside of a component. */
export function outside(component: string, { added, removed, changed }: ReturnType<typeof differences>): string[] {
  return [...added, ...removed, ...changed]
    .filter((label) => !(label.split(" ")[1] ?? "").startsWith(component))
    .sort();
}
