import { schema, secretKeys } from "./schema";
import { documentedKeys } from "./walk";

const INTRODUCTION = `# Configuration

Generated from the schema in \`infra/config/\`; a test keeps the two together. \`Pulumi.yaml\` declares the top-level keys,
\`Pulumi.<stack>.yaml\` sets what differs from the defaults. A key is set with

\`\`\`sh
pulumi config set --path 'services.monitoring-web-service.autoscaling.maxReplicas' 10 --stack staging
\`\`\`

and a secret, which asks for its value, with

\`\`\`sh
pulumi config set --secret slackWebhook --stack staging
\`\`\`

A stack whose configuration is wrong is not touched: the program names every fault at once, each with the command that puts it right.
`;

/** docs/configuration.md: every key with its default, what it takes and what it does. */
export function configurationDocs(): string {
  const rows = documentedKeys(schema).map(({ path, doc, default: value, required }) => {
    const secret = (secretKeys as readonly string[]).includes(path) ? " (secret)" : "";
    const shown = required ? "required" : value === undefined || value === '""' ? "–" : `\`${value}\``;
    return `| \`${path}\`${secret} | ${shown} | ${cell(doc.allowed)} | ${cell(doc.description)} |`;
  });
  return [INTRODUCTION, "| key | default | allowed | what it does |", "| --- | --- | --- | --- |", ...rows, ""].join(
    "\n",
  );
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
}
