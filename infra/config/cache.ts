import { z } from "zod";

import { isDnsSubdomain } from "../../components/core/names";
import { keyDocs, port, text } from "./leaves";
import { peer } from "./peer";

/** The key `cache`. */
export const cache = z
  .strictObject({
    host: text(isDnsSubdomain, {
      description: "The cache's host.",
      allowed: "a host name",
      example: "redis",
    }).default("redis"),
    port: port("The cache's port.", 6379).default(6379),
    peer: peer({ "app.kubernetes.io/name": "redis" }),
  })
  .register(keyDocs, {
    description: "The cache (Redis protocol), as the services reach it.",
    allowed: "host, port, peer",
    example: "redis",
  })
  .prefault({});
