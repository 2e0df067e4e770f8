import { z } from "zod";

import { isDnsSubdomain } from "../../components/core/names";
import { key, keyDocs, optionalText } from "./leaves";

/** Drivers take text alone; `pulumi config set --path` makes booleans and numbers of what looks like one. */
const parameter = z.preprocess(
  (value) => (typeof value === "boolean" || typeof value === "number" ? String(value) : value),
  z.string(),
);

/** The key `storage`. */
export const storage = z
  .strictObject({
    class: z
      .strictObject({
        create: key(z.boolean(), {
          description: "Makes the class `fast-ssd`. `false`: the cluster has it (spec 004, phase 1, verifies that).",
          allowed: "true or false",
          example: "true",
        }).default(false),
        provisioner: optionalText((value) => isDnsSubdomain(value.replace("/", ".")), {
          description: "The driver that makes its volumes.",
          allowed: "the name of a CSI driver",
          example: "ebs.csi.aws.com",
        }),
        parameters: key(z.record(z.string(), parameter), {
          description: "What the driver is told. They can never change for volumes that exist.",
          allowed: "names and their values",
          example: '{"type":"gp3","encrypted":"true"}',
        }).default({}),
      })
      .prefault({}),
  })
  .register(keyDocs, {
    description: "What databases and caches are stored on.",
    allowed: "class",
    example: "{}",
  })
  .prefault({});
