/** What runbooks tell a person to do to a database with pods: none runs in the embedded environment. */
const DATABASE = "it needs a database that really runs";

const runbooks: readonly string[] = [
  `kubectl get backups.postgresql.cnpg.io --sort-by .metadata.creationTimestamp
kubectl describe scheduledbackups.postgresql.cnpg.io timescaledb-daily`,
  `kubectl create --filename - <<'END'
apiVersion: postgresql.cnpg.io/v1
kind: Backup
metadata:
  generateName: timescaledb-by-hand-
spec:
  cluster: { name: timescaledb }
  method: plugin
  pluginConfiguration: { name: barman-cloud.cloudnative-pg.io }
END`,
  `kubectl get configmap --selector app.kubernetes.io/component=recovery --output jsonpath='{.items[0].data.cluster\\.json}' | kubectl apply --filename -`,
  `kubectl logs --selector cnpg.io/cluster=timescaledb,cnpg.io/instanceRole=primary --container plugin-barman-cloud --tail 50
kubectl get objectstores.barmancloud.cnpg.io timescaledb --output yaml`,
  `kubectl get clusters.postgresql.cnpg.io timescaledb
kubectl get persistentvolumeclaims --selector cnpg.io/cluster=timescaledb,cnpg.io/pvcRole=PG_WAL`,
  `kubectl patch persistentvolumeclaim timescaledb-1-wal --type merge --patch '{"spec":{"resources":{"requests":{"storage":"40Gi"}}}}'
kubectl get persistentvolumeclaim timescaledb-1-wal --watch`,
  `pulumi config set --path 'database.wal.size' 40Gi --stack production
pulumi up --stack production`,
];

/** Blocks that readers may copy and that no test runs: the exact text, and why not. */
export const notExecuted: ReadonlyMap<string, string> = new Map([
  ["npm test", "it is what runs this: it would run itself without end"],
  [
    `pulumi stack init production --secrets-provider="awskms://alias/pulumi-secrets"
pulumi preview --stack production
pulumi up --stack production`,
    "it needs a key in AWS and a cluster of the reader's own; `npm run preview` previews the same stack, and is tested",
  ],
  [
    `pulumi config set --path 'services.monitoring-web-service.autoscaling.maxReplicas' 10 --stack staging`,
    "it needs the reader's own stack staging; test/infra/config.test.ts holds the form of such commands",
  ],
  [
    `pulumi config set --path 'secrets.rotation.jwt' 2 --stack staging
pulumi config set --path 'secrets.rotatedOn.jwt' "$(date +%F)" --stack staging
pulumi up --stack staging`,
    "it needs the reader's own stack staging; test/end-to-end/rotation.test.ts does the same to one of its own",
  ],
  ["pulumi config set --secret slackWebhook --stack staging", "it asks for the secret, and needs the stack staging"],
  ...runbooks.map((text) => [text, DATABASE] as const),
]);
