import { type Check, conflict } from "./check";

const acme: Check = ({
  tls: {
    issuer,
    acme: { email, dns01 },
  },
}) => {
  if (issuer !== "acme") return [];
  const needed = [
    { at: ["tls", "acme", "email"], value: email, what: "an e-mail address", example: "operations@example.com" },
    { at: ["tls", "acme", "dns01", "region"], value: dns01.region, what: "an AWS region", example: "eu-west-1" },
  ];
  return needed
    .filter(({ value }) => value === "")
    .map(({ at, what, example }) =>
      conflict(at, undefined, `${what} where tls.issuer is acme`, example, [["tls", "issuer"]]),
    );
};

/** A certificate that no browser trusts, before real users, is an outage. */
const stagingDirectory: Check = ({ environment, tls }) =>
  environment === "production" && tls.issuer === "acme" && tls.acme.directory === "staging"
    ? [
        conflict(
          ["tls", "acme", "directory"],
          "staging",
          "production in production: no browser trusts a staging certificate",
          "production",
          [["environment"], ["tls", "issuer"]],
        ),
      ]
    : [];

export const tlsChecks: readonly Check[] = [acme, stagingDirectory];
