import type { ComponentResourceOptions, Resource } from "@pulumi/pulumi";
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount";

import { standardLabels } from "../core/labels";
import { StackComponent } from "../core/stack-component";
import type { OwnedNamespace } from "./network-policies";

/** Where secrets are kept. */
export type StoreProvider =
  | {
      readonly kind: "aws";
      readonly region: string;
      /** The role to assume. @default none: the one that EKS Pod Identity gives the operator */
      readonly role?: string | undefined;
    }
  | {
      readonly kind: "vault";
      /** `https://…` */
      readonly server: string;
      /** Where the key-value engine (version 2) is mounted. */
      readonly path: string;
      /** Where the Kubernetes auth method is mounted. */
      readonly mountPath: string;
      /** The role of that method. */
      readonly role: string;
      /** What tokens are made out to, as the role states it. */
      readonly audience: string;
      /** In PEM. @default none: an authority that the operator's image trusts */
      readonly ca?: string | undefined;
    }
  | {
      readonly kind: "kubernetes";
      /** The namespace with the Secrets. */
      readonly namespace: string;
      /** `https://…` @default the stack's own cluster */
      readonly server?: string | undefined;
      /** In PEM. @default the stack's own cluster's */
      readonly ca?: string | undefined;
    };

export interface SecretStoreArgs {
  readonly namespace: OwnedNamespace;
  readonly provider: StoreProvider;
  /** The External Secrets Operator, which makes something of these objects. @default none: it is known to be there */
  readonly after?: readonly Resource[] | undefined;
}

/**
 * The way from one namespace to a store of secrets, for the External Secrets Operator. A SecretStore and not a ClusterSecretStore:
 * no other namespace can read through it, and what it logs in as is a service account of this namespace (with `aws`, a role that the
 * operator assumes for it).
 *
 * The trap: the operator is handed no credential by the stack. Who runs the store has to let the account or role in: docs/secrets.md.
 *
 * @example new SecretStore("secret-store", { namespace, provider: { kind: "aws", region: "eu-central-1" } }, options)
 */
export class SecretStore extends StackComponent {
  readonly namespace: OwnedNamespace;
  readonly kind: StoreProvider["kind"];
  /** What ExternalSecrets depend on. It is there when the operator could log in. */
  readonly resource: Resource;

  constructor(name: string, args: SecretStoreArgs, options?: ComponentResourceOptions) {
    super("security", name, options);

    this.namespace = args.namespace;
    this.kind = args.provider.kind;
    const account = args.provider.kind === "aws" ? [] : [this.createAccount()];
    this.resource = this.createStore(args, account);

    this.registerOutputs({});
  }

  private createAccount(): ServiceAccount {
    return new ServiceAccount(
      this.name,
      { metadata: this.metadata(), automountServiceAccountToken: false },
      this.child({ dependsOn: [this.namespace.resource] }),
    );
  }

  private createStore({ provider, after = [] }: SecretStoreArgs, account: readonly Resource[]): CustomResource {
    return new CustomResource(
      `${this.name}-provider`,
      {
        apiVersion: "external-secrets.io/v1",
        kind: "SecretStore",
        metadata: { ...this.metadata(), annotations: { "pulumi.com/waitFor": "condition=Ready" } },
        spec: { provider: storeProvider(provider, this.name) },
      },
      this.child({ dependsOn: [this.namespace.resource, ...after, ...account] }),
    );
  }

  private metadata() {
    return {
      name: this.name,
      namespace: this.namespace.namespace,
      labels: standardLabels({ name: this.name, component: "secrets" }),
    };
  }
}

/** The provider as the operator takes it. */
function storeProvider(provider: StoreProvider, account: string): object {
  switch (provider.kind) {
    case "aws":
      return {
        aws: {
          service: "SecretsManager",
          region: provider.region,
          ...(provider.role === undefined ? {} : { role: provider.role }),
        },
      };
    case "vault":
      return {
        vault: {
          server: provider.server,
          path: provider.path,
          version: "v2",
          ...(provider.ca === undefined ? {} : { caBundle: base64(provider.ca) }),
          auth: {
            kubernetes: {
              mountPath: provider.mountPath,
              role: provider.role,
              serviceAccountRef: { name: account, audiences: [provider.audience] },
            },
          },
        },
      };
    case "kubernetes":
      return {
        kubernetes: {
          remoteNamespace: provider.namespace,
          server: {
            ...(provider.server === undefined ? {} : { url: provider.server }),
            ...(provider.ca === undefined
              ? { caProvider: { type: "ConfigMap", name: "kube-root-ca.crt", key: "ca.crt" } }
              : { caBundle: base64(provider.ca) }),
          },
          auth: { serviceAccount: { name: account } },
        },
      };
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
