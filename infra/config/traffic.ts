import { z } from "zod";

import { isDnsSubdomain } from "../../components/core/names";
import { choice, cidr, dnsLabel, duration, host, integer, keyDocs, memory, podLabels, text } from "./leaves";

/** What the proxy accepts and how long it waits: of no specification, so each says why it is what it is. */
const limits = z
  .strictObject({
    requestBody: memory("The largest body of a request; a larger one is answered with 413.").default("1Mi"),
    responseHeaders: memory("The largest header of an answer.").default("8Ki"),
    connectTimeout: duration(
      "How long a pod may take to accept a connection; then another one is tried, once.",
      "5 s",
    ).default("5 s"),
    sendTimeout: duration("The longest pause in sending a request to a pod.", "15 s").default("15 s"),
    readTimeout: duration(
      "The longest pause in an answer from a pod. Left out: the service's longest request and 5 s.",
      "35 s",
    ).optional(),
    upstreamConnections: integer(
      1,
      1000,
      "Idle connections to pods that each worker of the proxy keeps. The service has to keep them for longer than a minute.",
      32,
    ).default(32),
  })
  .prefault({});

const rateLimit = z
  .strictObject({
    requestsPerSecond: integer(
      1,
      100_000,
      "Requests a second from one client address, for each pod of the proxy; more are answered with 429. A release measures its cutover with 200 a second from one address.",
      300,
    ).default(300),
    burst: integer(1, 100_000, "Requests over the rate that are let through at once.", 600).default(600),
  })
  .prefault({});

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
    limits,
    rateLimit,
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
