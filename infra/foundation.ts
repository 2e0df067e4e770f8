import type { ComponentResourceOptions, Resource } from "@pulumi/pulumi";

import { PriorityClasses } from "../components/cluster/priority-classes";
import { AppNamespace } from "../components/security/app-namespace";
import { NetworkPolicies } from "../components/security/network-policies";
import type { StackConfig } from "./config";
import { isProtected } from "./database";
import type { Derived } from "./derive";

/** What everything in the stack's namespace stands on. */
export interface Foundation {
  readonly namespace: AppNamespace;
  /** What has to be there before the first pod: no pod runs before the network is closed and its rank is known. */
  readonly guards: readonly Resource[];
}

export function createFoundation(
  { namespace: name, environment, database }: StackConfig,
  { demands, edges, outside }: Derived,
  options: ComponentResourceOptions,
): Foundation {
  const namespace = new AppNamespace(
    "namespace",
    { namespace: name, environment, demands, outside },
    {
      ...options,
      protect: isProtected({ database }),
    },
  );
  return {
    namespace,
    guards: [
      new NetworkPolicies("network-policies", { namespace, edges }, options),
      new PriorityClasses("priorities", { namespace: name }, options),
    ],
  };
}
