import { z } from "zod";

import { integer, keyDocs } from "./leaves";

const rotation = (what: string) =>
  integer(1, 1_000_000, `How often ${what} was made; one more makes a new one.`, 2).default(1);

/** The key `secrets`. */
export const secrets = z
  .strictObject({
    rotation: z
      .strictObject({
        jwt: rotation("JWT_SECRET"),
        csrf: rotation("CSRF_SECRET"),
        encryptionKey: rotation("ENCRYPTION_KEY"),
        database: rotation("the database's password"),
        cache: rotation("the cache's password"),
        cacheInternal: rotation("the passwords between the cache's own parts"),
      })
      .prefault({}),
  })
  .register(keyDocs, {
    description: "The rotation of generated secrets. No secret stands here.",
    allowed: "rotation",
    example: "2",
  })
  .prefault({});
