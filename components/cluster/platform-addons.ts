import type { ComponentResourceOptions, Resource } from "@pulumi/pulumi";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace";
import { Release } from "@pulumi/kubernetes/helm/v3/release";

import { standardLabels } from "../core/labels";
import { StackComponent } from "../core/stack-component";
import { seconds } from "../core/units";
import type { Edge } from "../security/network-edges";
import { NetworkPolicies, type OwnedNamespace } from "../security/network-policies";
import { restrictedPods } from "../security/pod-security";
import { type Addon, RELEASE_TIMEOUT } from "./addons/addon";
import { type AddonName, type Chart, charts } from "./addons/charts";

export interface PlatformAddonsArgs {
  /** What is installed; what is left out is the cluster's own business. */
  readonly addons: readonly Addon[];
  /** Every permitted edge of the stack: those of the add-ons, and of whoever uses them. */
  readonly edges: readonly Edge[];
  /**
   * Takes over objects of the charts that are in the cluster already, such as CRDs that somebody applied by hand. Helm refuses them
   * otherwise, which protects an operator that somebody else runs.
   *
   * @default false
   */
  readonly adopt?: boolean;
}

/** How many revisions of a release are kept, each as a Secret of some hundred kilobytes. */
const HISTORY = 5;

/**
 * The operators and controllers that everything else stands on, each from its chart: its namespace with Pod Security `restricted`,
 * closed on the network but for the add-on's own edges, and then the release.
 *
 * A release counts as done once its pods are ready, so what `after` gives is what custom resources have to depend on: their CRDs are
 * served and their webhooks answer. The same dependency makes `destroy` take custom resources away while the operator that
 * clears their finalizers still runs.
 *
 * Traps:
 * - Releases have fixed names. The CRDs that a chart leaves behind when it is removed belong to a release of that name in that
 *   namespace, and are taken up again by it alone.
 * - A failed upgrade is rolled back (`atomic`), and its pods with it: what went wrong is told by the events of the namespace.
 * - Upgrading an operator can restart what it manages: see `npm run charts -- diff` before.
 *
 * @example new PlatformAddons("platform", { addons: [certManager({ network, serviceMonitors: false, acme: true })], edges }, options)
 */
export class PlatformAddons extends StackComponent {
  readonly #releases = new Map<AddonName, Release>();

  constructor(name: string, args: PlatformAddonsArgs, options?: ComponentResourceOptions) {
    super("cluster", name, options);

    const namespaces = this.createNamespaces(args);
    for (const addon of inOrder(args.addons)) this.createRelease(addon, namespaces, args.adopt ?? false);

    this.registerOutputs({ addons: args.addons.map((addon) => addon.name) });
  }

  /** What a custom resource of these add-ons has to come after; nothing, where the cluster brings them itself. */
  after(...names: readonly AddonName[]): readonly Resource[] {
    return names.flatMap((name) => this.#releases.get(name) ?? []);
  }

  private createNamespaces({ addons, edges }: PlatformAddonsArgs): ReadonlyMap<string, readonly Resource[]> {
    const names = [...new Set(addons.map(({ namespace }) => namespace))];
    return new Map(
      names.map((namespace) => {
        const owned = this.createNamespace(namespace);
        const policies = new NetworkPolicies(
          `${this.name}-${namespace}-policies`,
          { namespace: owned, edges },
          this.child(),
        );
        return [namespace, [owned.resource, policies]];
      }),
    );
  }

  private createNamespace(namespace: string): OwnedNamespace {
    const labels = { ...standardLabels({ name: namespace, component: "namespace" }), ...restrictedPods() };
    const resource = new Namespace(
      `${this.name}-${namespace}`,
      { metadata: { name: namespace, labels } },
      this.child(),
    );
    return { namespace, resource };
  }

  private createRelease(addon: Addon, namespaces: ReadonlyMap<string, readonly Resource[]>, adopt: boolean): void {
    const { chart, repository, version }: Chart = charts[addon.name];
    const timeout = seconds(RELEASE_TIMEOUT);
    const release = new Release(
      `${this.name}-${addon.name}`,
      {
        name: addon.name,
        namespace: addon.namespace,
        chart,
        version,
        ...(repository === undefined ? {} : { repositoryOpts: { repo: repository } }),
        values: addon.values,
        timeout,
        // A half-upgraded operator is worse than the old one.
        atomic: true,
        cleanupOnFail: true,
        waitForJobs: true,
        maxHistory: HISTORY,
        takeOwnership: adopt,
      },
      {
        ...this.child({ dependsOn: [...(namespaces.get(addon.namespace) ?? []), ...this.after(...addon.needs)] }),
        // Helm's own limit comes first, and rolls back; the engine's is for what hangs.
        customTimeouts: { create: `${2 * timeout}s`, update: `${2 * timeout}s`, delete: `${timeout}s` },
      },
    );
    this.#releases.set(addon.name, release);
  }
}

/** The add-ons, each after what it needs. */
function inOrder(addons: readonly Addon[]): readonly Addon[] {
  const rest = [...addons];
  const done: Addon[] = [];
  while (rest.length > 0) {
    const next = rest.findIndex(({ needs }) => !needs.some((name) => rest.some((other) => other.name === name)));
    if (next === -1) throw new Error(`these add-ons need each other: ${rest.map(({ name }) => name).join(", ")}`);
    done.push(...rest.splice(next, 1));
  }
  return done;
}
