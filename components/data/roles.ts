/** Who may do what in the database. Logins have passwords; privileges belong to the two groups. */
export interface DatabaseRoles {
  /** Owns the database and all in it: migrations. */
  readonly owner: string;
  /** Reads and writes: the service. */
  readonly service: string;
  /** Reads: the service's queries to replicas, dashboards. */
  readonly reader: string;
}

export const databaseRoles: DatabaseRoles = {
  owner: "monitoring_owner",
  service: "monitoring",
  reader: "monitoring_read",
};

/** The groups that the logins are in: a login that is added, or replaced by another one, gets its privileges by membership. */
export const roleGroups = { readWrite: "metrics_read_write", readOnly: "metrics_read_only" } as const;

/**
 * What a new database is told once, as superuser, before anyone can log in. Privileges are *default* privileges of the owner: what
 * a migration creates later, hypertables and their chunks included, is readable and writable without another grant.
 */
export function roleStatements(database: string, { owner }: DatabaseRoles): readonly string[] {
  const { readWrite, readOnly } = roleGroups;
  const both = `${quoted(readWrite)}, ${quoted(readOnly)}`;
  const byDefault = `ALTER DEFAULT PRIVILEGES FOR ROLE ${quoted(owner)} GRANT`;
  return [
    `CREATE ROLE ${quoted(readWrite)} NOLOGIN`,
    `CREATE ROLE ${quoted(readOnly)} NOLOGIN`,
    // PUBLIC is everyone who will ever have a login.
    `REVOKE ALL ON DATABASE ${quoted(database)} FROM PUBLIC`,
    "REVOKE ALL ON SCHEMA public FROM PUBLIC",
    // CloudNativePG's exporter is in pg_monitor.
    `GRANT CONNECT ON DATABASE ${quoted(database)} TO ${both}, pg_monitor`,
    `GRANT USAGE ON SCHEMA public TO ${both}, pg_monitor`,
    `GRANT TEMPORARY ON DATABASE ${quoted(database)} TO ${quoted(readWrite)}`,
    `${byDefault} USAGE ON SCHEMAS TO ${both}`,
    `${byDefault} SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${quoted(readWrite)}`,
    `${byDefault} USAGE, SELECT ON SEQUENCES TO ${quoted(readWrite)}`,
    `${byDefault} SELECT ON TABLES TO ${quoted(readOnly)}`,
  ];
}

function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}
