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
  ["pulumi config set --secret slackWebhook --stack staging", "it asks for the secret, and needs the stack staging"],
  [
    `kubectl -n NAMESPACE logs deploy/redis-proxy | tail
kubectl -n NAMESPACE exec valkey-0 -c valkey -- sh -c 'cd /etc/valkey && . ./lib.sh && votes'`,
    "it asks running servers, and no container runs in the embedded environment; test/components/cache runs the same scripts",
  ],
  [
    `kubectl -n NAMESPACE patch pvc data-valkey-0 -p '{"spec":{"resources":{"requests":{"storage":"16Gi"}}}}'   # and of the others
kubectl -n NAMESPACE delete statefulset valkey --cascade=orphan
pulumi config set --path cache.storage 16Gi && pulumi refresh && pulumi up`,
    "it enlarges volumes, of which the embedded environment has none",
  ],
]);
