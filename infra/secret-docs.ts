import { describeSecrets } from "../components/security/secret-table";

const INTRODUCTION = `# Secrets

Generated from the table in \`components/security/secret-table.ts\`; a test keeps the two together. How to rotate one is in
[the runbook](runbooks/rotate-secrets.md), why it is done this way in [ADR 13](adr/0013-secrets-generated-kept-delivered.md).
`;

const REST = `## Where values come from

\`secrets.store.kind\` says who keeps them. Nothing else in the stack knows: components ask for Kubernetes Secrets by templates such as
\`postgresql://monitoring:{{ .database }}@postgresql:5432/metrics_production\`.

| kind         | who makes and keeps the values                                                                | what the stack holds                     | how they get into the cluster    |
| ------------ | --------------------------------------------------------------------------------------------- | ---------------------------------------- | -------------------------------- |
| \`generated\`  | the stack; the given ones are Pulumi secrets in its configuration                              | all of them, in its encrypted state      | Secrets, made by the stack       |
| \`aws\`        | AWS Secrets Manager. Whoever owns it writes the values; the stack for AWS is going to          | none                                     | External Secrets Operator        |
| \`vault\`      | a Vault, key-value engine version 2. Its owner writes the values                               | none                                     | External Secrets Operator        |
| \`kubernetes\` | Secrets of another namespace or cluster, such as one that only security staff can read         | none                                     | External Secrets Operator        |

## Keys and versions in a store

A secret's key is \`<secrets.store.prefix>/<environment>/<name>\`, with the name in brackets from the table:
\`monitoring-web-service/production/encryption-key\`. Kubernetes names have no slashes: there, dashes stand in their place.

Under the key is one field per version, called \`v1\`, \`v2\` and so on: a JSON object in AWS Secrets Manager, fields in Vault, the data of a
Secret in Kubernetes. **A version never gets another value.** \`secrets.rotation.<name>\` is the version in use, 1 at first. A secret with
neighbours also needs the version before (version 1 has none) and the next one: write \`v1\` and \`v2\` before the first \`up\`.

What has to let the stack in, and to nothing more:

- **aws**: the operator's role of EKS Pod Identity or, to keep namespaces apart, \`secrets.store.aws.role\`, which that role may assume. It
  needs \`secretsmanager:GetSecretValue\` and \`secretsmanager:DescribeSecret\` on \`<prefix>/<environment>/*\`, and \`kms:Decrypt\` with the store's key.
- **vault**: a role of the Kubernetes auth method for the service account \`secret-store\` of the stack's namespace, with
  \`secrets.store.vault.audience\` as its audience, and a policy with \`read\` on \`<path>/data/<prefix>/<environment>/*\`.
- **kubernetes**: a Role in \`secrets.store.kubernetes.namespace\` with \`get\`, \`list\` and \`watch\` on Secrets, bound to the service account
  \`secret-store\` of the stack's namespace. In another cluster, that cluster has to accept the account's tokens.

## What a new value does

The name of a Secret changes with its content: by itself where the stack makes it, and with a checksum of templates and versions, never of
values, where the operator does. Pods take the new name and roll, one more and never one less, and the old Secret goes after the last pod
that had it. No Deployment, Service or volume is replaced. Both colours share their service's Secret and roll together.

The operator reads the store again each \`secrets.store.refreshInterval\` and puts right what somebody changed in a Secret. A rotation does not
wait for it. When store or operator cannot be reached, Secrets and pods stay as they are, and an \`up\` that needs a new version
fails before it touches a pod.

A secret with neighbours comes as three values: what the version in use made is accepted, and so is what the one before and the next made.
Servers of the stack that take several passwords take all three. A service gets \`JWT_SECRET\`, \`JWT_SECRET_PREVIOUS\` and \`JWT_SECRET_NEXT\`, and so
on: it makes what is new with the first, and accepts what any of the three made. One that only knows the first works too, and its users log in
again while a rotation rolls it.

## What is refused

- A generated secret cannot be set by hand; there is no key for it.
- A given one that is not of its form, and one that is not encrypted, by the configuration, before anything is touched.
- A value in a store that is not of its form, by the template itself: the ExternalSecret reports
  \`jwt is not accepted (its value is not shown); allowed: 64 hexadecimal digits\`, no Secret is made, and \`up\` fails before it touches a pod.
- A variable in \`services.<name>.env\` that is named like a secret or has a password in a URL.

## The variables of spec 003

| variable                                          | where it is                                                                           |
| ------------------------------------------------- | ------------------------------------------------------------------------------------- |
| \`JWT_SECRET\`, \`CSRF_SECRET\`, \`ENCRYPTION_KEY\`     | the service's Secret, where \`services.<name>.secrets\` asks for it                     |
| \`DATABASE_URL\`, and in it \`POSTGRES_PASSWORD\`     | the same; the password alone is handed to the database's server and to nobody else    |
| \`REDIS_URL\`, and in it \`REDIS_PASSWORD\`           | the same, for the cache                                                               |
| \`NODE_ENV\`, \`PROMETHEUS_ENABLED\`, \`VITE_*\`        | no secrets: the service's ConfigMap, by the program or \`services.<name>.env\`          |
| \`GRAFANA_ADMIN_PASSWORD\`                          | not yet: it comes with the dashboards                                                 |

## In the embedded environment

\`generated\` is real there. With the other kinds the API server validates the operator's objects by their own definitions, and their status is
simulated: no operator runs, no store is asked, no Secret appears, and the simulated pods need none.
`;

/** docs/secrets.md. */
export function secretDocs(): string {
  return [INTRODUCTION, "## The table", "", describeSecrets(), "", REST].join("\n");
}
