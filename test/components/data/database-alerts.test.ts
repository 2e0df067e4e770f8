import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";

import { parse } from "yaml";

import { CLUSTER } from "../../../components/data/timescale-cluster";

const root = resolve(__dirname, "../../..");

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

const { groups } = parse(readFileSync(resolve(root, "components/data/database-alerts.yaml"), "utf8")) as {
  readonly groups: readonly { readonly rules: readonly Alert[] }[];
};
const alerts = groups.flatMap(({ rules }) => rules);

/** The series that alerts may ask for: those of kubelets, of CloudNativePG 1.30 and of the Barman Cloud plugin. */
const SERIES = [
  "kubelet_volume_stats_available_bytes",
  "kubelet_volume_stats_capacity_bytes",
  "kubelet_volume_stats_used_bytes",
  "cnpg_pg_stat_archiver_seconds_since_last_archival",
  "cnpg_collector_pg_wal_archive_status",
  "barman_cloud_cloudnative_pg_io_last_available_backup_timestamp",
];

describe("the alerts on the database", () => {
  for (const { alert, expr, for: pending, labels, annotations } of alerts) {
    describe(alert, () => {
      it("has a runbook of its own name, a severity, and words for the one who is woken", () => {
        assert.equal(annotations["runbook_url"], `docs/runbooks/${alert}.md`);
        assert.ok(existsSync(resolve(root, annotations["runbook_url"])));
        assert.match(labels["severity"] ?? "", /^(warning|critical)$/);
        assert.ok((annotations["summary"] ?? "").length > 20 && (annotations["description"] ?? "").length > 20);
        assert.match(pending, /^\d+m$/);
      });

      it("asks for series that somebody exports", () => {
        const asked = [...expr.matchAll(/\b(?:kubelet|cnpg|barman)_\w+/g)].map(([series]) => series);
        assert.ok(asked.length > 0);
        assert.deepEqual(
          asked.filter((series) => !SERIES.includes(series)),
          [],
        );
      });

      it("names the volumes of this cluster, where it names volumes", () => {
        const volumes = [...expr.matchAll(/persistentvolumeclaim=~"([^"]+)"/g)].map(([, pattern = ""]) => pattern);
        for (const pattern of volumes) {
          assert.match(`${CLUSTER}-3-wal`, new RegExp(`^${pattern}$`));
          assert.doesNotMatch(`${CLUSTER}-3`, new RegExp(`^${pattern}$`));
        }
        assert.equal(volumes.length > 0, expr.includes("kubelet_volume_stats"));
      });
    });
  }

  it("are all that the runbooks of the database are for", () => {
    assert.deepEqual(alerts.map(({ alert }) => alert).sort(), [
      "DatabaseBackupStale",
      "DatabaseWalArchiveStale",
      "DatabaseWalVolumeFilling",
      "DatabaseWalVolumeFull",
    ]);
  });
});
