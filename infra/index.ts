import { ExistingCluster } from "../components/cluster/existing-cluster";
import { RegistryCredentials } from "../components/security/registry-credentials";
import { ServiceAccounts } from "../components/security/service-accounts";
import { createCache } from "./cache";
import { loadConfig } from "./config";
import { RELEASED_SERVICE } from "./config/service";
import { createDatabase } from "./database";
import { derive } from "./derive";
import { createFoundation } from "./foundation";
import { stackOutputs, type StackOutputs } from "./outputs";
import { createPlatform } from "./platform";
import { secretDelivery } from "./secrets";
import { createServices } from "./services";
import { createTls } from "./tls";
import { createRouter } from "./traffic";

/** The whole stack, in the order in which its parts need each other. */
function stack(): StackOutputs {
  const config = loadConfig();
  const { environment, release, registry } = config;
  const derived = derive(config);

  const cluster = new ExistingCluster("cluster", config.cluster);
  const options = { providers: { kubernetes: cluster.provider } };
  const platform = createPlatform(config, derived, options);

  const { namespace, guards } = createFoundation(config, derived, options);
  const tls = createTls(config, namespace, platform, options);
  const accounts = new ServiceAccounts(
    "service-accounts",
    {
      namespace,
      accounts: Object.entries(config.services).map(([service, { apiAccess }]) => ({ service, apiAccess })),
    },
    options,
  );
  const delivery = secretDelivery(config, { namespace, after: platform.after("external-secrets") }, options);
  const credentials =
    registry.server === ""
      ? undefined
      : new RegistryCredentials("registry-secret", { namespace, ...registry, delivery }, options);

  const data = { namespace, issuer: tls.internal, delivery };
  const database = createDatabase(
    config,
    { ...data, after: [...guards, ...platform.after("cloudnative-pg", "plugin-barman-cloud")] },
    options,
  );
  const cache = createCache(config, data, { ...options, dependsOn: [...guards] });
  const services = createServices(
    config,
    derived,
    { namespace, accounts, delivery, pullSecret: credentials?.secret, after: [...guards, ...database, ...cache] },
    options,
  );

  // A route to a colour that does not answer yet would be an error page.
  const router = createRouter("traffic", config, namespace, {
    ...options,
    dependsOn: [...services, ...tls.ready, ...platform.after("nginx-ingress")],
  });

  return stackOutputs({
    environment,
    cluster: cluster.identifier,
    namespace: config.namespace,
    router,
    releasedService: RELEASED_SERVICE,
    release,
    otherServices: derived.otherServices,
    database: derived.database,
    cache: derived.cache,
  });
}

// A function, so that its errors reach the engine as messages and tests can run it with one configuration after another.
export = stack;
