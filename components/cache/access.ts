import type { SecretTemplate } from "../security/secret-delivery";
import { GROUP } from "./topology";

/** The users of the servers, each for one kind of client. */
export const users = {
  service: "monitoring",
  replication: "replication",
  sentinel: "sentinel",
  probe: "probe",
  exporter: "exporter",
  backup: "backup",
} as const;

type User = keyof typeof users;

/** The generated secret that is a user's password. */
const secretOf: Readonly<Record<User, string>> = {
  service: "cache",
  replication: "cacheReplication",
  sentinel: "cacheSentinel",
  probe: "cacheProbe",
  exporter: "cacheExporter",
  backup: "cacheBackup",
};

/** What each may do on a server. */
const rules: Readonly<Record<User, string>> = {
  // Every key, and no command that concerns the server and not the data. INFO is what clients ask to see whether it is ready.
  service: "~* &* +@all -@admin -@dangerous +info",
  replication: "+psync +replconf +ping",
  // What Sentinel's manual asks for; CLIENT is also for hand-over.sh, which pauses writes.
  sentinel:
    "&__sentinel__:hello +multi +exec +slaveof +config|rewrite +role +info +ping +publish +subscribe +client +script|kill",
  probe: "+ping +info +role",
  // Without CONFIG GET: it would give out the password of the replication.
  exporter: "+ping +info +client|setname +slowlog|len +slowlog|get +latency|latest +latency|histogram +select",
  backup: "+psync +sync +replconf +ping",
};

/** What some of them may do on a Sentinel. */
const sentinelRules: Readonly<Partial<Record<User, string>>> = {
  sentinel: "&__sentinel__:hello +ping +sentinel +publish +client",
  probe: "+ping +info +sentinel|get-master-addr-by-name",
};

/** No password at all opens the default user, which is what a client without a name is. */
const NOBODY = "user default off resetpass resetkeys resetchannels -@all\n";

/** users.acl. Everything that is not granted is denied. */
export function serverUsers(): SecretTemplate {
  return NOBODY + entries(rules);
}

/** sentinel-users.acl. */
export function sentinelUsers(): SecretTemplate {
  return NOBODY + entries(sentinelRules);
}

/** What a server adds to valkey.conf: how it logs in to its primary. */
export function serverLogin(): SecretTemplate {
  return `masteruser ${users.replication}\nmasterauth {{ .${secretOf.replication} }}\n`;
}

/** What a Sentinel adds to sentinel.conf: how it logs in to servers, and to its peers. */
export function sentinelLogin(): SecretTemplate {
  const password = `{{ .${secretOf.sentinel} }}`;
  return [
    `sentinel auth-user ${GROUP} ${users.sentinel}`,
    `sentinel auth-pass ${GROUP} ${password}`,
    `sentinel sentinel-user ${users.sentinel}`,
    `sentinel sentinel-pass ${password}`,
    "",
  ].join("\n");
}

/** What the exporter reads its password from: passwords by address. */
export function exporterLogin(address: string): SecretTemplate {
  return `{"${address.replace("://", `://${users.exporter}@`)}": "${password("exporter")}"}\n`;
}

/** A user's password that is current. */
export function password(user: User): SecretTemplate {
  return `{{ .${secretOf[user]} }}`;
}

/**
 * A user's line holds three passwords: the last, the current and the next. Pods take a rotation one after the other, and in the
 * middle of it both sides of every connection can be of either generation: a new pod logs in with what was the next password
 * to an old one, an old pod with what is now the last password to a new one.
 */
function entries(granted: Readonly<Partial<Record<User, string>>>): string {
  return (Object.entries(granted) as [User, string][])
    .map(([user, rule]) => {
      const secret = secretOf[user];
      const passwords = ["Previous", "", "Next"].map((generation) => `>{{ .${secret}${generation} }}`).join(" ");
      return `user ${users[user]} on ${passwords} resetkeys resetchannels ${rule}\n`;
    })
    .join("");
}
