import { z } from "zod";

import { choice, keyDocs, optionalText, text } from "./leaves";

/** The key `tls`. */
export const tls = z
  .strictObject({
    issuer: choice(
      ["internal", "acme", "existing"],
      "Who issues the certificate of the public hosts: `acme` is Let's Encrypt, `internal` the stack's own authority, which no browser knows; with `existing`, somebody else keeps the Secret.",
    ).default("internal"),
    acme: z
      .strictObject({
        directory: choice(
          ["staging", "production"],
          "Let's Encrypt's directory. Left out: production in production, staging elsewhere.",
        ).optional(),
        email: optionalText((value) => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value), {
          description: "Whom the authority warns of a certificate that nobody renews.",
          allowed: "an e-mail address",
          example: "operations@example.com",
        }),
        dns01: z
          .strictObject({
            kind: choice(
              ["route53"],
              "Where the records are made that prove a host. `route53` uses the cloud identity of cert-manager's ServiceAccount.",
            ).default("route53"),
            region: optionalText((value) => /^[a-z]{2}(-[a-z]+)+-\d$/.test(value), {
              description: "The AWS region that is called.",
              allowed: "an AWS region",
              example: "eu-west-1",
            }),
            hostedZoneId: text((value) => /^Z[A-Z0-9]{1,31}$/.test(value), {
              description:
                "The hosted zone. Left out: found by the host's name, for which the role has to list all zones.",
              allowed: "the identifier of a hosted zone",
              example: "Z0123456789ABCDEFGHIJ",
            }).optional(),
          })
          .prefault({}),
      })
      .prefault({}),
  })
  .register(keyDocs, {
    description:
      "Who issues the certificate of the public hosts. TLS inside of the cluster has an authority of its own.",
    allowed: "issuer and acme",
    example: "internal",
  })
  .prefault({});
