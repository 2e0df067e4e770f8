import type { ComponentResourceOptions, Input, Resource } from "@pulumi/pulumi";

import type { AppNamespace } from "../components/security/app-namespace";
import type { GeneratedSecrets } from "../components/security/generated-secrets";
import type { ServiceAccounts } from "../components/security/service-accounts";
import { WebService } from "../components/workload/web-service";
import type { StackConfig } from "./config";
import type { Derived } from "./derive";
import { plainEnvironment, secretEnvironment, trustedCa } from "./environment";

export interface ServiceParts {
  readonly namespace: AppNamespace;
  readonly accounts: ServiceAccounts;
  readonly secrets: GeneratedSecrets;
  readonly pullSecret: Input<string> | undefined;
  /** What has to be there before the first pod of a service. */
  readonly after: readonly Resource[];
}

/** Every service of the configuration: the released one in its colours, the others once each. */
export function createServices(
  config: StackConfig,
  derived: Derived,
  { namespace, accounts, secrets, pullSecret, after }: ServiceParts,
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
          secretEnvironment: secretEnvironment(settings, secrets, config, derived),
          pullSecret,
          trustedCa: trustedCa(settings, derived),
          serviceAccount: accounts.account(name),
        },
        { ...options, dependsOn: [...after] },
      ),
  );
}
