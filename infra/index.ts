import { ExistingCluster } from "../components/cluster/existing-cluster";
import { AppNamespace } from "../components/security/app-namespace";
import { GeneratedSecrets } from "../components/security/generated-secrets";
import { NetworkPolicies } from "../components/security/network-policies";
import { RegistryCredentials } from "../components/security/registry-credentials";
import { ServiceAccounts } from "../components/security/service-accounts";
import { WebService } from "../components/workload/web-service";
import { loadConfig } from "./config";
import { RELEASED_SERVICE } from "./config/service";
import { derive } from "./derive";
import { plainEnvironment, secretEnvironment } from "./environment";
import { stackOutputs, type StackOutputs } from "./outputs";
import { createRouter } from "./traffic";

/** The whole stack, in the order in which its parts need each other. */
function stack(): StackOutputs {
  const config = loadConfig();
  const { environment, release, registry } = config;
  const derived = derive(config);

  const cluster = new ExistingCluster("cluster", config.cluster);
  const options = { providers: { kubernetes: cluster.provider } };

  const namespace = new AppNamespace(
    "namespace",
    { namespace: config.namespace, environment, demands: derived.demands, outside: derived.outside },
    options,
  );
  const accounts = new ServiceAccounts(
    "service-accounts",
    {
      namespace,
      accounts: Object.entries(config.services).map(([service, { apiAccess }]) => ({ service, apiAccess })),
    },
    options,
  );
  const policies = new NetworkPolicies("network-policies", { namespace, edges: derived.edges }, options);
  const secrets = new GeneratedSecrets("secrets", { rotation: config.secrets.rotation });
  const credentials =
    config.registryPassword === undefined
      ? undefined
      : new RegistryCredentials(
          "registry-secret",
          { namespace, ...registry, password: config.registryPassword },
          options,
        );

  const services = Object.entries(config.services).map(
    ([name, settings]) =>
      new WebService(
        name,
        {
          namespace,
          service: name,
          versions: derived.otherServices[name] ?? release,
          settings,
          environment: plainEnvironment(name, settings, config),
          secretEnvironment: secretEnvironment(settings, secrets, config, derived),
          pullSecret: credentials?.secret,
          serviceAccount: accounts.account(name),
        },
        // No pod runs before the network is closed.
        { ...options, dependsOn: [policies] },
      ),
  );

  // A route to a colour that does not answer yet would be an error page.
  const router = createRouter("traffic", config, namespace, { ...options, dependsOn: services });

  return stackOutputs({
    environment,
    cluster: cluster.identifier,
    namespace: config.namespace,
    router,
    releasedService: RELEASED_SERVICE,
    release,
    otherServices: derived.otherServices,
  });
}

// A function, so that its errors reach the engine as messages and tests can run it with one configuration after another.
export = stack;
