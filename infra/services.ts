import type { ComponentResourceOptions, Resource } from "@pulumi/pulumi";

import type { AppNamespace } from "../components/security/app-namespace";
import type { DeliveredSecret, SecretDelivery } from "../components/security/secret-delivery";
import type { ServiceAccounts } from "../components/security/service-accounts";
import { WebService } from "../components/workload/web-service";
import type { StackConfig } from "./config";
import type { Derived } from "./derive";
import { plainEnvironment, secretEnvironment, trustedCa } from "./environment";

export interface ServiceParts {
  readonly namespace: AppNamespace;
  readonly accounts: ServiceAccounts;
  readonly delivery: SecretDelivery;
  readonly pullSecret: DeliveredSecret | undefined;
  /** What has to be there before the first pod of a service. */
  readonly after: readonly Resource[];
}

/** Every service of the configuration: the released one in its colours, the others once each. */
export function createServices(
  config: StackConfig,
  derived: Derived,
  { namespace, accounts, delivery, pullSecret, after }: ServiceParts,
  options: ComponentResourceOptions,
): readonly WebService[] {
  return Object.entries(config.services).map(
    ([name, settings]) =>
      new WebService(
        name,
        {
          namespace,
          service: name,
          versions: derived.otherServices[name] ?? config.release,
          settings,
          environment: plainEnvironment(name, settings, config),
          secretEnvironment: secretEnvironment(settings, derived),
          delivery,
          pullSecret,
          trustedCa: trustedCa(settings, derived),
          serviceAccount: accounts.account(name),
        },
        { ...options, dependsOn: [...after] },
      ),
  );
}
