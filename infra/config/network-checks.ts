import { reservedPolicyNames } from "../../components/security/network-policies";
import { type Check, conflict } from "./check";

/** The API server is in a network that somebody can name; the Internet is none. */
const apiServer: Check = ({
  environment,
  network: {
    apiServer: { cidrs },
  },
}) =>
  environment === "local"
    ? []
    : cidrs.flatMap((cidr, index) =>
        cidr.endsWith("/0")
          ? [
              conflict(
                ["network", "apiServer", "cidrs", index],
                cidr,
                `a network of the API server in ${environment}, not everyone`,
                "10.0.0.0/16",
                [["environment"]],
              ),
            ]
          : [],
      );

/** Network policies have the name of the service that they are about. */
const policyNames: Check = ({ services }) =>
  Object.keys(services)
    .filter((name) => reservedPolicyNames.includes(name))
    .map((name) => conflict(["services", name], name, "a name that is not taken", "alert-service"));

export const networkChecks: readonly Check[] = [apiServer, policyNames];
