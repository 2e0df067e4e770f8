import type { ComponentResourceOptions, Resource } from "@pulumi/pulumi";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap";

import { type Labels, standardLabels } from "../core/labels";
import { StackComponent } from "../core/stack-component";
import type { AppNamespace } from "../security/app-namespace";
import type { DeliveredSecret, SecretDelivery, SecretTemplate } from "../security/secret-delivery";
import { Colour } from "./colour";
import type { TrustedCa } from "./pod";
import { type ColourName, colours, type ServiceSettings } from "./settings";

/** One version of a service to run. */
export interface Version {
  readonly image: string;
  readonly version: string;
  /**
   * A fixed number of pods instead of the autoscaler; 0 keeps the colour's objects and runs nothing.
   *
   * @default the service's own setting
   */
  readonly replicas?: number | undefined;
}

/** The colours of a released service; one that is left out does not exist. */
export type Colours = Readonly<Partial<Record<ColourName, Version | undefined>>>;

export interface WebServiceArgs {
  readonly namespace: AppNamespace;
  /** The service's name, for instance `monitoring-web-service`. */
  readonly service: string;
  /** Its colours, or the single version of a service that is rolled in place. */
  readonly versions: Colours | Version;
  readonly settings: ServiceSettings;
  /** The plain part of the environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** The secret part of the environment. */
  readonly secretEnvironment: Readonly<Record<string, SecretTemplate>>;
  /** Where its secrets come from. */
  readonly delivery: SecretDelivery;
  /** @default none: no credentials are needed to pull images */
  readonly pullSecret?: DeliveredSecret | undefined;
  /** The authority of the servers that it calls inside of the cluster. @default none: the image's own are enough */
  readonly trustedCa?: TrustedCa | undefined;
  readonly serviceAccount: Resource;
}

/**
 * A service: what its colours share (environment and secrets), and the colours themselves.
 *
 * The environment is in a ConfigMap and a Secret whose names change with their content, which cannot change in place: a change makes a
 * new object with a new name, the pod templates take the new name and the pods roll, and the old object goes last. Given a fixed name,
 * the provider would delete the object first, and with it (seen) delete and recreate every Deployment that took the name from it.
 * The price: `kubectl rollout undo` finds the environment of the older revision gone. Going back is a release like any other.
 *
 * @example new WebService("monitoring-web-service", { service: "monitoring-web-service", versions: { blue }, … })
 */
export class WebService extends StackComponent {
  /** The instances that exist, by colour; `only` is that of a service without colours. */
  readonly instances: Readonly<Partial<Record<ColourName | "only", Colour>>>;

  constructor(name: string, args: WebServiceArgs, options?: ComponentResourceOptions) {
    super("workload", name, options);

    const configMap = this.createConfigMap(args);
    const secret = this.createSecret(args);
    const create = (version: Version, colour?: ColourName) =>
      new Colour(
        colour === undefined ? name : `${name}-${colour}`,
        {
          ...args,
          image: version.image,
          version: version.version,
          settings: { ...args.settings, replicas: version.replicas ?? args.settings.replicas },
          colour,
          configMap: configMap.metadata.name,
          secret: secret?.name,
          pullSecret: args.pullSecret?.name,
          after: [args.serviceAccount, ...[secret, args.pullSecret].flatMap((found) => found?.resource ?? [])],
        },
        this.child(),
      );
    this.instances = isSingle(args.versions) ? { only: create(args.versions) } : createColours(args.versions, create);

    this.registerOutputs({});
  }

  private createConfigMap(args: WebServiceArgs): ConfigMap {
    return new ConfigMap(
      `${this.name}-config`,
      {
        metadata: { namespace: args.namespace.namespace, labels: { ...this.environmentLabels(args) } },
        data: { ...args.environment },
      },
      this.child({ dependsOn: [args.namespace.resource] }),
    );
  }

  private createSecret(args: WebServiceArgs): DeliveredSecret | undefined {
    if (Object.keys(args.secretEnvironment).length === 0) return undefined;
    return args.delivery.deliver(
      `${this.name}-secrets`,
      { namespace: args.namespace, labels: this.environmentLabels(args), data: args.secretEnvironment },
      this.child(),
    );
  }

  private environmentLabels(args: WebServiceArgs): Labels {
    return standardLabels({ name: args.service, component: "environment" });
  }
}

function createColours(
  versions: Colours,
  create: (version: Version, colour: ColourName) => Colour,
): Readonly<Partial<Record<ColourName, Colour>>> {
  const made: Partial<Record<ColourName, Colour>> = {};
  for (const colour of colours) {
    const version = versions[colour];
    if (version !== undefined) made[colour] = create(version, colour);
  }
  return made;
}

function isSingle(versions: WebServiceArgs["versions"]): versions is Version {
  return "image" in versions;
}
