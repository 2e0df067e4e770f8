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
]);
