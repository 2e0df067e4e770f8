import assert from "node:assert/strict";
import type { Run, TestStack } from "./embedded";

/** Whatever changes, these stay the objects that they are: users would notice their loss. */
const KEPT = [
  "deployments,statefulsets,services,horizontalpodautoscalers,poddisruptionbudgets,persistentvolumeclaims,ingresses",
  "clusters.postgresql.cnpg.io,poolers.postgresql.cnpg.io",
].join(",");

/** What a change of the environment or of a store may do, and to which kinds. */
const ALLOWED =
  /^(update (Deployment|StatefulSet cache-servers$|CronJob cache-snapshots$|Cluster database-cluster$)|\S+ (Secret|ExternalSecret|ConfigMap|SecretStore|GeneratedSecrets|Random(Bytes|Password))|\S+ ServiceAccount secret-store)/;

/** `Deployment/name uid` of everything that has to stay. */
function identities(stack: TestStack): Promise<string> {
  const path = "jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.uid}{'\\n'}{end}";
  return stack.kubectl("get", KEPT, "-o", path);
}

/** The ReplicaSets with pods of the service's Deployments: there is one for each, and a new one for each pod template. */
async function templates(stack: TestStack): Promise<readonly string[]> {
  const path = "jsonpath={range .items[?(@.spec.replicas>0)]}{.metadata.name}{'\\n'}{end}";
  const service = ["-l", "app.kubernetes.io/name=monitoring-web-service"];
  return (await stack.kubectl("get", "replicasets", ...service, "-o", path)).trim().split("\n").sort();
}

/** What the engine did, as `update Deployment monitoring-web-service-blue`. */
export function operations({ changes }: Run): readonly string[] {
  return changes.map(({ op, resource }) => `${op} ${resource}`);
}

/** Makes a change, and holds it to rolling the pods of both colours and replacing nothing that users would miss. */
export async function rollsBothColours(stack: TestStack, change: () => Promise<unknown>): Promise<Run> {
  const [kept, old] = [await identities(stack), await templates(stack)];
  await change();
  const run = await stack.up();
  assert.deepEqual(run.errors, []);
  assert.deepEqual(
    operations(run).filter((line) => !ALLOWED.test(line)),
    [],
  );
  assert.deepEqual(
    operations(run)
      .filter((line) => line.includes(" Deployment monitoring-web-service"))
      .sort(),
    ["update Deployment monitoring-web-service-blue", "update Deployment monitoring-web-service-green"],
  );
  assert.equal(await identities(stack), kept);
  const now = await templates(stack);
  assert.equal(now.length, 2, now.join(", "));
  assert.deepEqual(
    now.filter((name) => old.includes(name)),
    [],
  );
  return run;
}

/** Makes a change, and holds it to leaving every pod alone. */
export async function rollsNothing(stack: TestStack, change: () => Promise<unknown>): Promise<Run> {
  const before = [await identities(stack), await templates(stack)];
  await change();
  const run = await stack.up();
  assert.deepEqual(run.errors, []);
  assert.deepEqual([await identities(stack), await templates(stack)], before);
  return run;
}
