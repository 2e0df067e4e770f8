import { z } from "zod";

import { isDnsSubdomain } from "../../components/core/names";
import { choice, cidr, dnsLabel, host, keyDocs, podLabels, text } from "./leaves";

/** The key `traffic`. */
export const traffic = z
  .strictObject({
    kind: choice(["ingress"], "How traffic comes in: `ingress` is the F5 NGINX Ingress Controller."),
    host: host("The host that users call.", "metrics.example.com"),
    previewHost: host(
      "The host that leads to the idle colour. Left out: preview.<host>.",
      "preview.metrics.example.com",
    ).optional(),
    previewAllowedCidrs: z
      .array(cidr)
      .register(keyDocs, {
        description: "The operators' networks, which alone reach the preview. May be empty in a local stack only.",
        allowed: "a list of IPv4 networks in CIDR notation",
        example: "203.0.113.0/24",
      })
      .default([]),
    tls: z
      .strictObject({
        secretName: text(isDnsSubdomain, {
          description: "The Secret with the certificate of both hosts.",
          allowed: "an object's name",
          example: "monitoring-web-service-tls",
        }).default("monitoring-web-service-tls"),
      })
      .prefault({}),
    ingressClass: dnsLabel("The controller's ingress class.", "nginx").default("nginx"),
    controllerNamespace: dnsLabel("The controller's namespace, for the network policies.", "nginx-ingress").default(
      "nginx-ingress",
    ),
    controllerLabels: podLabels("What the controller's pods are selected by.").default({
      "app.kubernetes.io/name": "nginx-ingress",
    }),
  })
  .register(keyDocs, {
    description: "How traffic gets to the service.",
    allowed: "kind and host, and more",
    example: "ingress",
  });
