import { z } from "zod";

import { cidr, dnsLabel, keyDocs, podLabels } from "./leaves";

/** A peer outside of the stack, as the network policies see it. */
export const peer = (labels: Readonly<Record<string, string>>) =>
  z
    .strictObject({
      cidrs: z.array(cidr).min(1).optional(),
      namespace: dnsLabel("Its namespace. Left out: the stack's own.", "databases").optional(),
      podLabels: podLabels("What its pods are selected by.").optional(),
    })
    .register(keyDocs, {
      description: "Where it is: pods by their labels, or networks. A network policy cannot name hosts.",
      allowed: "podLabels and namespace, or cidrs",
      example: JSON.stringify({ podLabels: labels }),
    })
    .default({ podLabels: { ...labels } });
