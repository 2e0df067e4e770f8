import { ValidatingAdmissionPolicy } from "@pulumi/kubernetes/admissionregistration/v1/validatingAdmissionPolicy";
import { ValidatingAdmissionPolicyBinding } from "@pulumi/kubernetes/admissionregistration/v1/validatingAdmissionPolicyBinding";
import type { ComponentResourceOptions, Resource } from "@pulumi/pulumi";

import { standardLabels } from "../core/labels";
import { StackComponent } from "../core/stack-component";
import type { OwnedNamespace } from "../security/network-policies";

export interface DeletionGuardArgs {
  readonly namespace: OwnedNamespace;
  /** The guarded cluster, and its object store of the same name. */
  readonly cluster: string;
  /** Its service accounts may delete volumes: the operator does, when it makes an instance anew. */
  readonly operatorNamespace: string;
  /** Refuses. Otherwise it only notes in the audit log what it would have refused. */
  readonly enforced: boolean;
}

/**
 * The API server's own refusal to delete the database: its cluster, its volumes, its object store, and the namespace that holds them.
 * It binds everyone, administrators and `kubectl delete namespace` included. The engine's `protect` binds only the engine.
 *
 * It also refuses smaller volumes. What a volume's size *is* only the API server knows, so no check of the configuration can. Asked by a
 * preview's dry run, it refuses before anything is touched. CloudNativePG's webhook does the same where the operator runs.
 *
 * The trap: `pulumi destroy` deletes what depends on the database before it comes to the database and stops. So the guard is protected
 * like the database, and being off is a setting of it and not its absence: to take it away would be refused as well.
 */
export class DeletionGuard extends StackComponent {
  /** What is guarded depends on it: it comes first, and goes last. */
  readonly resource: Resource;

  constructor(name: string, args: DeletionGuardArgs, options?: ComponentResourceOptions) {
    super("data", name, options);

    // Cluster-wide objects: the namespace keeps two stacks in one cluster apart.
    const objectName = `${args.namespace.namespace}-${args.cluster}`;
    const labels = standardLabels({ name: args.cluster, component: "protection" });
    const policy = this.createPolicy(args, { name: objectName, labels });
    this.resource = this.createBinding(args, policy, { name: objectName, labels });

    this.registerOutputs({});
  }

  private createPolicy(args: DeletionGuardArgs, metadata: Metadata): ValidatingAdmissionPolicy {
    return new ValidatingAdmissionPolicy(
      `${this.name}-policy`,
      {
        metadata: { name: metadata.name, labels: { ...metadata.labels } },
        spec: {
          failurePolicy: "Fail",
          matchConstraints: {
            resourceRules: [
              rule("postgresql.cnpg.io", "clusters", ["UPDATE", "DELETE"]),
              rule("barmancloud.cnpg.io", "objectstores", ["DELETE"]),
              rule("", "persistentvolumeclaims", ["DELETE"]),
              rule("", "namespaces", ["DELETE"]),
            ],
          },
          matchConditions: [{ name: "of-the-database", expression: ofTheDatabase(args) }],
          validations: [
            {
              expression: "request.operation != 'DELETE'",
              messageExpression: `'the database is protected: set database.deletionProtection to false and update the stack before deleting ' + request.resource.resource + ' ' + oldObject.metadata.name`,
            },
            ...["storage", "walStorage"].map(growsOnly),
          ],
        },
      },
      { ...this.child({ dependsOn: [args.namespace.resource] }), protect: args.enforced },
    );
  }

  private createBinding(
    { namespace, enforced }: DeletionGuardArgs,
    policy: ValidatingAdmissionPolicy,
    metadata: Metadata,
  ): Resource {
    return new ValidatingAdmissionPolicyBinding(
      `${this.name}-binding`,
      {
        metadata: { name: metadata.name, labels: { ...metadata.labels } },
        spec: { policyName: metadata.name, validationActions: [enforced ? "Deny" : "Audit"] },
      },
      { ...this.child({ dependsOn: [namespace.resource, policy] }), protect: enforced },
    );
  }
}

interface Metadata {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

function rule(apiGroup: string, resource: string, operations: readonly string[]) {
  return { apiGroups: [apiGroup], apiVersions: ["*"], resources: [resource], operations: [...operations] };
}

/** By the object and not by `request.name`, which is empty when a whole collection is deleted, as a namespace's end does. */
function ofTheDatabase({ namespace, cluster, operatorNamespace }: DeletionGuardArgs): string {
  const byKind = [
    `request.resource.resource == 'namespaces' ? oldObject.metadata.name == '${namespace.namespace}'`,
    `oldObject.metadata.namespace != '${namespace.namespace}' ? false`,
    `request.resource.resource == 'persistentvolumeclaims' ? has(oldObject.metadata.labels) && 'cnpg.io/cluster' in oldObject.metadata.labels && oldObject.metadata.labels['cnpg.io/cluster'] == '${cluster}' && !('system:serviceaccounts:${operatorNamespace}' in request.userInfo.groups)`,
    `oldObject.metadata.name == '${cluster}'`,
  ];
  return byKind.join(" : ");
}

function growsOnly(volume: string) {
  const size = (object: string) => `quantity(${object}.spec.${volume}.size)`;
  return {
    expression: `request.operation != 'UPDATE' || ${size("object")}.compareTo(${size("oldObject")}) >= 0`,
    messageExpression: `'spec.${volume}.size cannot shrink: it is ' + oldObject.spec.${volume}.size + ', not less; a smaller database is a new one, recovered from a backup'`,
  };
}
