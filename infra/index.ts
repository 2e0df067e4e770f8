import { ExistingCluster } from "../components/cluster/existing-cluster";
import { InternalCa } from "../components/security/internal-ca";
import { GeneratedDelivery } from "../components/security/secret-delivery";
import { AppNamespace } from "../components/security/app-namespace";
import { GeneratedSecrets } from "../components/security/generated-secrets";
import { NetworkPolicies } from "../components/security/network-policies";
import { RegistryCredentials } from "../components/security/registry-credentials";
import { ServiceAccounts } from "../components/security/service-accounts";
import { IngressRouter } from "../components/traffic/ingress-router";
import { otherColour } from "../components/workload/settings";
import { WebService } from "../components/workload/web-service";
import { createCache } from "./cache";
import { loadConfig } from "./config";
import { previewHost } from "./config/checks";
import { RELEASED_SERVICE } from "./config/service";
import { derive } from "./derive";
import { plainEnvironment, secretEnvironment } from "./environment";
import { stackOutputs, type StackOutputs } from "./outputs";

/** The whole stack, in the order in which its parts need each other. */
function stack(): StackOutputs {
  const config = loadConfig();
  const { environment, traffic, release, registry } = config;
  const derived = derive(config);

  const cluster = new ExistingCluster("cluster", config.cluster);
  const options = { providers: { kubernetes: cluster.provider } };

  const namespace = new AppNamespace(
    "namespace",
    { namespace: config.namespace, environment, demands: derived.demands },
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
  const delivery = new GeneratedDelivery({ values: secrets.values });
  const { issuer } = new InternalCa("internal-ca", { namespace }, options);
  const cache = createCache(config, { namespace, issuer, delivery }, { ...options, dependsOn: [policies] });
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
        { ...options, dependsOn: [policies, ...cache] },
      ),
  );

  const { port } = config.services[RELEASED_SERVICE];
  const idle = otherColour(release.active);
  const route = (host: string, colour: typeof idle) => ({ host, service: `${RELEASED_SERVICE}-${colour}`, port });
  const router = new IngressRouter(
    "traffic",
    {
      namespace,
      service: RELEASED_SERVICE,
      active: release.active,
      public: route(traffic.host, release.active),
      preview: release[idle] === undefined ? undefined : route(previewHost(traffic), idle),
      ingressClass: traffic.ingressClass,
      tlsSecret: traffic.tls.secretName,
      previewAllowedCidrs: traffic.previewAllowedCidrs,
      longestRequest: config.services[RELEASED_SERVICE].shutdown.longestRequest,
    },
    // A route to a colour that does not answer yet would be an error page.
    { ...options, dependsOn: services },
  );

  return stackOutputs({
    environment,
    cluster: cluster.identifier,
    namespace: config.namespace,
    router,
    releasedService: RELEASED_SERVICE,
    release,
    otherServices: derived.otherServices,
    cache: derived.cache,
  });
}

// A function, so that its errors reach the engine as messages and tests can run it with one configuration after another.
export = stack;
