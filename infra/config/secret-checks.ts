import { kebabCase } from "../../components/core/names";
import { seconds } from "../../components/core/units";
import { type SecretName, secretNames, secretTable } from "../../components/security/secret-table";
import { type Check, conflict } from "./check";
import { secretKeys } from "./schema";

const externalKinds = ["aws", "vault", "kubernetes"] as const;

/** Of the kinds' settings, those of the chosen one are there, and no others: they would look as if they meant something. */
const storeSettings: Check = ({ secrets: { store } }) =>
  externalKinds.flatMap((kind) => {
    const at = ["secrets", "store", kind];
    const reads = [["secrets", "store", "kind"]];
    if (kind === store.kind) {
      const first = { aws: "region", vault: "server", kubernetes: "namespace" }[kind];
      const example = {
        aws: "eu-central-1",
        vault: "https://vault.example.com:8200",
        kubernetes: "monitoring-secrets",
      }[kind];
      return store[kind] === undefined
        ? [
            conflict(
              [...at, first],
              undefined,
              `settings of the store, since secrets.store.kind is ${kind}`,
              example,
              reads,
            ),
          ]
        : [];
    }
    return store[kind] === undefined
      ? []
      : [
          {
            ...conflict(at, store[kind], `only where secrets.store.kind is ${kind}; it is ${store.kind}`, "", reads),
            remove: true,
          },
        ];
  });

/** The secret that each key holds. */
const heldBy: Readonly<Record<(typeof secretKeys)[number], SecretName>> = {
  registryPassword: "registryPassword",
  databasePassword: "database",
  slackWebhook: "slackWebhook",
};

/** What the store has, the stack must not hold. */
const givenTwice: Check = ({ secrets: { store }, ...config }) =>
  store.kind === "generated"
    ? []
    : secretKeys
        .filter((name) => config[name] !== "")
        .map((name) => ({
          ...conflict(
            [name],
            config[name],
            `nothing: with secrets.store.kind ${store.kind} it is read from the store, as ${kebabCase(heldBy[name])}`,
            "",
            [["secrets", "store", "kind"]],
          ),
          remove: true,
        }));

const MINIMUM = "1 minute";

const refreshInterval: Check = ({ secrets: { store } }) =>
  seconds(store.refreshInterval) >= seconds(MINIMUM)
    ? []
    : [
        conflict(
          ["secrets", "store", "refreshInterval"],
          store.refreshInterval,
          `at least ${MINIMUM}: stores bill or throttle reads`,
          "1 hour",
        ),
      ];

/** Without a store, a given secret has no versions: a new value is a new Pulumi secret. */
const versionsOfGiven: Check = ({ secrets: { store, rotation } }) =>
  secretNames.flatMap((name) =>
    store.kind !== "generated" || secretTable[name].form.kind !== "given" || rotation[name] === 1
      ? []
      : [
          {
            ...conflict(
              ["secrets", "rotation", name],
              rotation[name],
              `1 without a store: a new value is \`pulumi config set --secret ${name}\``,
              "1",
              [["secrets", "store", "kind"]],
            ),
            remove: true,
          },
        ],
  );

const registry: Check = ({ registry: { server, username }, registryPassword, secrets: { store } }) => {
  const external = store.kind !== "generated";
  const given: Readonly<Record<string, string>> = {
    "registry.server": server,
    "registry.username": username,
    ...(external ? {} : { registryPassword }),
  };
  const all = Object.keys(given);
  const missing = all.filter((name) => given[name] === "");
  if (missing.length === 0 || missing.length === all.length) return [];
  const allowed = external
    ? "registry.server and registry.username: both or none"
    : "registry.server, registry.username and registryPassword: all three or none";
  return missing.map((name) =>
    conflict(name.split("."), undefined, allowed, name === "registry.server" ? "registry.example.com" : "robot", [
      ["secrets", "store", "kind"],
    ]),
  );
};

const slack: Check = ({ services: map, slackWebhook, secrets: { store } }) =>
  slackWebhook !== "" || store.kind !== "generated"
    ? []
    : Object.entries(map).flatMap(([name, { secrets }]) =>
        secrets.includes("slackWebhook")
          ? [
              conflict(
                ["services", name, "secrets", secrets.indexOf("slackWebhook")],
                "slackWebhook",
                "slackWebhook only where the key slackWebhook is set",
                "jwt",
              ),
            ]
          : [],
      );

/** Everything about secrets that is wrong only in combination. */
export const secretChecks: readonly Check[] = [
  storeSettings,
  givenTwice,
  refreshInterval,
  versionsOfGiven,
  registry,
  slack,
];
