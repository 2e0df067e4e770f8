import { kebabCase } from "../core/names";
import type { Duration } from "../core/units";

/** What a secret looks like. A `given` one is made by somebody else, the others can be generated. */
export type SecretForm =
  | { readonly kind: "hexadecimal"; readonly characters: number }
  | { readonly kind: "password"; readonly characters: number }
  | { readonly kind: "given"; readonly pattern: string; readonly allowed: string };

/** Everything that is to be known of one secret, but its value. */
export interface SecretRow {
  /** As people call it. */
  readonly title: string;
  readonly form: SecretForm;
  /** Who decides about it, and is asked when it leaks. */
  readonly owner: string;
  readonly consumers: string;
  /** How old a value may get. The numbers are ours: spec 003 asks for "production secrets" and names no age. */
  readonly rotateEvery: Duration;
  /**
   * Whether who checks it accepts the versions before and after its own: a rotation then loses nothing. Templates get them as
   * `{{ .namePrevious }}` and `{{ .nameNext }}`.
   */
  readonly neighbours: boolean;
  /** The pods that a new value rolls. */
  readonly rolls: "the services that ask for it" | "every service" | "no service";
  /** What holds while some pods have the old value and some the new one. */
  readonly meanwhile: string;
}

const hexadecimal = (characters: number) => ({ kind: "hexadecimal", characters }) as const;
const password = (characters: number) => ({ kind: "password", characters }) as const;
const given = (pattern: string, allowed: string) => ({ kind: "given", pattern, allowed }) as const;

/**
 * Characters of a password that two servers share (spec 003 says `<strong_password>`; the number is ours). 32 letters and digits
 * are 190 bits, and need no escaping in a URL, where services take them from.
 */
const PASSWORD_CHARACTERS = 32;

/**
 * Every secret of the stack. The generated values, the configuration's keys, docs/secrets.md and the tests are made of this
 * table: a further secret is a further row. Its name is what templates call it.
 */
export const secretTable = {
  jwt: {
    title: "JWT_SECRET",
    // Spec 003: <64_char_random_hex>; 256 bits, as HS256 asks for at least.
    form: hexadecimal(64),
    owner: "Security Team",
    consumers: "services, to sign and check sessions",
    rotateEvery: "90 days",
    neighbours: true,
    rolls: "the services that ask for it",
    meanwhile: "every pod accepts sessions of every other",
  },
  csrf: {
    title: "CSRF_SECRET",
    // Spec 003: <32_char_random_hex>; 128 bits.
    form: hexadecimal(32),
    owner: "Security Team",
    consumers: "services, to sign and check forms",
    rotateEvery: "90 days",
    neighbours: true,
    rolls: "the services that ask for it",
    meanwhile: "every pod accepts forms of every other",
  },
  encryptionKey: {
    title: "ENCRYPTION_KEY",
    // Spec 003: <32_char_random_hex>; 128 bits, an AES-128 key.
    form: hexadecimal(32),
    owner: "Security Team",
    consumers: "services, to encrypt what they store",
    rotateEvery: "365 days",
    neighbours: true,
    rolls: "the services that ask for it",
    meanwhile:
      "every pod reads what every other encrypts; what an older key than the last encrypted is lost: encrypt it anew first",
  },
  database: {
    title: "the database's password, with which the services write",
    form: password(PASSWORD_CHARACTERS),
    owner: "Infrastructure Team",
    consumers: "services, and the database's server",
    rotateEvery: "90 days",
    neighbours: false,
    rolls: "the services that ask for it",
    meanwhile: "open connections go on; new ones of a pod with the other value are refused",
  },
  databaseOwner: {
    title: "the password of the database's owner",
    form: password(PASSWORD_CHARACTERS),
    owner: "Infrastructure Team",
    consumers: "migrations, and the database's server",
    rotateEvery: "90 days",
    neighbours: false,
    rolls: "no service",
    meanwhile: "a migration that starts gets the new one",
  },
  databaseReader: {
    title: "the password of the database's reader",
    form: password(PASSWORD_CHARACTERS),
    owner: "Infrastructure Team",
    consumers: "services and dashboards, to read, and the database's server",
    rotateEvery: "90 days",
    neighbours: false,
    rolls: "the services that ask for it",
    meanwhile: "open connections go on; new ones of a pod with the other value are refused",
  },
  cache: {
    title: "the cache's password",
    form: password(PASSWORD_CHARACTERS),
    owner: "Infrastructure Team",
    consumers: "services, and the cache's server",
    rotateEvery: "90 days",
    neighbours: true,
    rolls: "the services that ask for it",
    meanwhile: "a server that takes the neighbours, as the stack's own does, refuses no pod",
  },
  cacheReplication: {
    title: "the password with which the cache's replicas follow",
    form: password(PASSWORD_CHARACTERS),
    owner: "Infrastructure Team",
    consumers: "the cache's servers",
    rotateEvery: "365 days",
    neighbours: true,
    rolls: "no service",
    meanwhile: "the cache's servers take the neighbours, and roll one after the other",
  },
  cacheSentinel: {
    title: "the password of the cache's Sentinels",
    form: password(PASSWORD_CHARACTERS),
    owner: "Infrastructure Team",
    consumers: "the cache's Sentinels, servers and proxy",
    rotateEvery: "365 days",
    neighbours: true,
    rolls: "no service",
    meanwhile: "the cache's servers take the neighbours, and roll one after the other",
  },
  cacheProbe: {
    title: "the password of the cache's probes",
    form: password(PASSWORD_CHARACTERS),
    owner: "Infrastructure Team",
    consumers: "the cache's probes and proxy",
    rotateEvery: "365 days",
    neighbours: true,
    rolls: "no service",
    meanwhile: "the cache's servers take the neighbours, and roll one after the other",
  },
  cacheExporter: {
    title: "the password that the cache's metrics are read with",
    form: password(PASSWORD_CHARACTERS),
    owner: "Infrastructure Team",
    consumers: "the cache's exporter",
    rotateEvery: "365 days",
    neighbours: true,
    rolls: "no service",
    meanwhile: "the cache's servers take the neighbours, and roll one after the other",
  },
  cacheBackup: {
    title: "the password that the cache's snapshots are taken with",
    form: password(PASSWORD_CHARACTERS),
    owner: "Infrastructure Team",
    consumers: "the snapshot job",
    rotateEvery: "365 days",
    neighbours: true,
    rolls: "no service",
    meanwhile: "the cache's servers take the neighbours, and roll one after the other",
  },
  slackWebhook: {
    title: "the Slack webhook",
    form: given("^https://[^\\s/]+(/\\S*)?$", "an https:// address"),
    owner: "Infrastructure Team",
    consumers: "services that notify",
    rotateEvery: "365 days",
    neighbours: false,
    rolls: "the services that ask for it",
    meanwhile: "Slack takes both until the old one is revoked",
  },
  registryPassword: {
    title: "the registry's password",
    form: given("^.{8,}$", "at least 8 characters"),
    owner: "Infrastructure Team",
    consumers: "nodes, to pull images",
    rotateEvery: "90 days",
    neighbours: false,
    rolls: "every service",
    meanwhile: "the registry has to take both: a pod of either kind may be started anew",
  },
} as const satisfies Readonly<Record<string, SecretRow>>;

export type SecretName = keyof typeof secretTable;

/** The secrets that can be generated. */
export type GeneratedSecret = {
  readonly [Name in SecretName]: (typeof secretTable)[Name]["form"]["kind"] extends "given" ? never : Name;
}[SecretName];

export const secretNames = Object.keys(secretTable) as SecretName[];

export const generatedSecrets = secretNames.filter(
  (name): name is GeneratedSecret => secretTable[name].form.kind !== "given",
);

/** Something for each secret, made from its row. */
export function perSecret<Value>(
  make: (name: SecretName, row: SecretRow) => Value,
): Readonly<Record<SecretName, Value>> {
  return Object.fromEntries(secretNames.map((name) => [name, make(name, secretTable[name])])) as Record<
    SecretName,
    Value
  >;
}

/** What every value matches: a regular expression that JavaScript and Go (RE2) read alike. */
export function formPattern(form: SecretForm): string {
  switch (form.kind) {
    case "hexadecimal":
      return `^[0-9A-Fa-f]{${form.characters}}$`;
    case "password":
      return `^[A-Za-z0-9]{${form.characters},}$`;
    case "given":
      return form.pattern;
  }
}

/** The same in words. */
export function formInWords(form: SecretForm): string {
  switch (form.kind) {
    case "hexadecimal":
      return `${form.characters} hexadecimal digits`;
    case "password":
      return `at least ${form.characters} letters and digits`;
    case "given":
      return form.allowed;
  }
}

/** The table as a person reads it, for docs/secrets.md. */
export function describeSecrets(table: Readonly<Record<string, SecretRow>> = secretTable): string {
  const rows = Object.entries(table).map(([name, row]) =>
    [
      `\`${name}\` (\`${kebabCase(name)}\`)`,
      row.title,
      formInWords(row.form),
      row.form.kind === "given" ? "a person" : "the stack",
      row.owner,
      row.consumers,
      row.rotateEvery,
      row.neighbours ? "yes" : "no",
      row.rolls,
      row.meanwhile,
    ].join(" | "),
  );
  const head = [
    "name",
    "what",
    "form",
    "made by",
    "owner",
    "consumers",
    "rotated every",
    "neighbours",
    "rolls",
    "meanwhile",
  ];
  return [head.join(" | "), head.map(() => "---").join(" | "), ...rows].map((row) => `| ${row} |`).join("\n");
}
