import { DATA } from "./data";
import { EC2 } from "./ec2";
import { EKS } from "./eks";
import { IDENTITY } from "./identity";
import { STORAGE } from "./storage";
import type { AwsResource } from "./table";

/**
 * Every type of AWS resource that can be simulated. A type that is not here is refused, so that each new one forces a
 * decision: what does it output, and what can AWS not change in place? Add the row to the file of its service.
 */
export const AWS_RESOURCES: Readonly<Record<string, AwsResource>> = {
  ...EC2,
  ...IDENTITY,
  ...EKS,
  ...STORAGE,
  ...DATA,
};
