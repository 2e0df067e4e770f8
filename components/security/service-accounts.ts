import type { ComponentResourceOptions } from "@pulumi/pulumi";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount";
import { Role } from "@pulumi/kubernetes/rbac/v1/role";
import { RoleBinding } from "@pulumi/kubernetes/rbac/v1/roleBinding";

import { type Conflict, refuseConflicts } from "../core/errors";
import { standardLabels } from "../core/labels";
import { StackComponent } from "../core/stack-component";
import type { ApiPermission } from "../workload/settings";
import type { AppNamespace } from "./app-namespace";

export interface AccountArgs {
  /** The service, and the name of its account. */
  readonly service: string;
  /** What it may do with the Kubernetes API; most services need nothing. */
  readonly apiAccess: readonly ApiPermission[];
}

export interface ServiceAccountsArgs {
  readonly namespace: AppNamespace;
  readonly accounts: readonly AccountArgs[];
}

/**
 * One account per service (spec 004, Appendix C), without a token in its pods. A service that does call the Kubernetes
 * API gets a Role on named objects, and never on all objects of a kind.
 */
export class ServiceAccounts extends StackComponent {
  readonly #accounts: ReadonlyMap<string, ServiceAccount>;

  constructor(name: string, args: ServiceAccountsArgs, options?: ComponentResourceOptions) {
    refuseConflicts(name, args.accounts.flatMap(permissionConflicts));
    super("security", name, options);

    this.#accounts = new Map(
      args.accounts.map(({ service }) => [service, this.createAccount(args.namespace, service)]),
    );
    for (const account of args.accounts) {
      if (account.apiAccess.length > 0) this.createRole(args.namespace, account);
    }

    this.registerOutputs({});
  }

  /** A service's account: workloads take its name as a plain string and depend on it. */
  account(service: string): ServiceAccount {
    const account = this.#accounts.get(service);
    if (account === undefined) throw new Error(`${this.name} has no account for ${service}`);
    return account;
  }

  private createAccount(namespace: AppNamespace, service: string): ServiceAccount {
    return new ServiceAccount(
      `${this.name}-${service}`,
      {
        metadata: { name: service, namespace: namespace.namespace, labels: this.labels(service) },
        automountServiceAccountToken: false,
      },
      this.child({ dependsOn: [namespace.resource] }),
    );
  }

  private createRole(namespace: AppNamespace, { service, apiAccess }: AccountArgs): void {
    const metadata = { name: service, namespace: namespace.namespace, labels: this.labels(service) };
    const role = new Role(
      `${this.name}-${service}`,
      {
        metadata,
        rules: apiAccess.map(({ apiGroup, resource, names, verbs }) => ({
          apiGroups: [apiGroup],
          resources: [resource],
          resourceNames: [...names],
          verbs: [...verbs],
        })),
      },
      this.child({ dependsOn: [namespace.resource] }),
    );
    new RoleBinding(
      `${this.name}-${service}`,
      {
        metadata,
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: service },
        subjects: [{ kind: "ServiceAccount", name: service, namespace: namespace.namespace }],
      },
      this.child({ dependsOn: [role, namespace.resource] }),
    );
  }

  private labels(service: string) {
    return standardLabels({ name: service, component: "access" });
  }
}

/** Verbs that a resource name does not limit: RBAC would ignore the names, or the request carries none. */
const UNNAMEABLE = ["*", "create", "deletecollection", "list", "watch"];

function permissionConflicts({ service, apiAccess }: AccountArgs): Conflict[] {
  return apiAccess.flatMap((permission, index) => apiPermissionConflicts(permission, [service, "apiAccess", index]));
}

/** What is too wide about a permission. */
export function apiPermissionConflicts(permission: ApiPermission, path: Conflict["at"] = []): Conflict[] {
  const conflict = (key: keyof ApiPermission, allowed: string, example: string): Conflict => ({
    at: [...path, key],
    reads: [[...path, key]],
    value: permission[key],
    allowed,
    example,
  });
  return [
    ...(permission.names.length === 0 || permission.names.includes("*")
      ? [conflict("names", "the names of the objects it is about, at least one", '["release-record"]')]
      : []),
    ...(permission.resource === "*" || permission.apiGroup === "*"
      ? [
          conflict(
            permission.resource === "*" ? "resource" : "apiGroup",
            "one kind of object, no wildcard",
            "configmaps",
          ),
        ]
      : []),
    ...(permission.verbs.length === 0 || permission.verbs.some((verb) => UNNAMEABLE.includes(verb))
      ? [conflict("verbs", "verbs that a name limits: get, update, patch, delete", '["get"]')]
      : []),
  ];
}
