import { type PoolDemand, serviceClients } from "../../components/data/connection-pools";
import { mostReplicas } from "../../components/workload/rules";
import { colours } from "../../components/workload/settings";
import type { ParsedConfig } from "./schema";
import { RELEASED_SERVICE } from "./service";

/**
 * Who connects to the database at most: every service that has its secret, the released one in both colours, whichever exist at the
 * moment, with a colour's own number of pods where that is more.
 */
export function poolDemand({
  services,
  release,
  database,
}: Pick<ParsedConfig, "services" | "release" | "database">): PoolDemand {
  const { instances, connectionsPerPod, clientsPerConnection } = database.pooler;
  const clients = Object.entries(services)
    .filter(([, { secrets }]) => secrets.includes("database"))
    .map(([name, service]) => {
      const most = mostReplicas(service);
      if (name !== RELEASED_SERVICE) return serviceClients(1, most, connectionsPerPod);
      const fixed = colours.map((colour) => release[colour]?.replicas ?? 0);
      return serviceClients(colours.length, Math.max(most, ...fixed), connectionsPerPod);
    });
  return { clients: clients.reduce((sum, count) => sum + count, 0), instances, clientsPerConnection };
}
