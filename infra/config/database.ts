import { z } from "zod";

import { isDnsSubdomain } from "../../components/core/names";
import { keyDocs, port, text } from "./leaves";
import { peer } from "./peer";

/** The key `database`. */
export const database = z
  .strictObject({
    host: text(isDnsSubdomain, {
      description: "The database's host.",
      allowed: "a host name",
      example: "postgresql",
    }).default("postgresql"),
    port: port("The database's port.", 5432).default(5432),
    name: text((value) => /^[a-z_][a-z0-9_]{0,62}$/.test(value), {
      description: "The database's name.",
      allowed: "lower-case letters, digits and underscores, at most 63",
      example: "metrics_production",
    }).default("metrics_production"),
    user: text((value) => /^[a-z_][a-z0-9_]{0,62}$/.test(value), {
      description: "The user that the services log in as.",
      allowed: "lower-case letters, digits and underscores, at most 63",
      example: "monitoring",
    }).default("monitoring"),
    peer: peer({ "app.kubernetes.io/name": "postgresql" }),
  })
  .register(keyDocs, {
    description: "PostgreSQL, as the services reach it.",
    allowed: "host, port, name, user, peer",
    example: "postgresql",
  })
  .prefault({});
