import assert from "node:assert/strict";

import { databaseRoles, roleStatements } from "../../../components/data/roles";

describe("the statements that divide a new database among its roles", () => {
  const statements = roleStatements("metrics_production", databaseRoles);

  it("take everything from everyone before they give anything", () => {
    const firstGrant = statements.findIndex((statement) => statement.includes("GRANT"));
    const revokes = statements.flatMap((statement, index) => (statement.startsWith("REVOKE") ? [index] : []));
    assert.equal(revokes.length, 2);
    assert.ok(revokes.every((index) => index < firstGrant));
  });

  it("let readers read, and nothing more, what the owner will ever create", () => {
    const given = statements.filter((statement) => /DEFAULT PRIVILEGES.*"metrics_read_only"/.test(statement));
    assert.deepEqual(given, [
      'ALTER DEFAULT PRIVILEGES FOR ROLE "monitoring_owner" GRANT USAGE ON SCHEMAS TO "metrics_read_write", "metrics_read_only"',
      'ALTER DEFAULT PRIVILEGES FOR ROLE "monitoring_owner" GRANT SELECT ON TABLES TO "metrics_read_only"',
    ]);
  });

  it("let nobody but the owner create or drop a table", () => {
    const text = statements.join("\n");
    assert.doesNotMatch(text, /GRANT[^\n]*(CREATE|ALL|TRUNCATE|REFERENCES|TRIGGER)/);
  });
});
