import { reservedPolicyNames } from "../../components/security/network-policies";
import { type Check, conflict } from "./check";

/** The longest prefix that an API server's network may have outside of a local stack: the whole of a VPC. */
const WIDEST = 16;

/**
 * Whatever is in the API server's network is reached by operators and calls webhooks. All private networks, the default, are for
 * clusters that nobody knows.
 */
const apiServer: Check = ({
  environment,
  network: {
    apiServer: { cidrs },
  },
}) =>
  environment === "local"
    ? []
    : cidrs.flatMap((cidr, index) =>
        Number(cidr.split("/")[1]) >= WIDEST
          ? []
          : [
              conflict(
                ["network", "apiServer", "cidrs", index],
                cidr,
                `a network of at most a /${WIDEST} in ${environment}: where the API server is, and few others`,
                "10.0.0.0/24",
                [["environment"]],
              ),
            ],
      );

/** Network policies have the name of the service that they are about. */
const policyNames: Check = ({ services }) =>
  Object.keys(services)
    .filter((name) => reservedPolicyNames.includes(name))
    .map((name) => conflict(["services", name], name, "a name that is not taken", "alert-service"));

export const networkChecks: readonly Check[] = [apiServer, policyNames];
