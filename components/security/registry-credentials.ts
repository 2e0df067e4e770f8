import { type ComponentResourceOptions, type Input, type Output, jsonStringify } from "@pulumi/pulumi";
import { Secret } from "@pulumi/kubernetes/core/v1/secret";

import { standardLabels } from "../core/labels";
import { StackComponent } from "../core/stack-component";
import type { AppNamespace } from "./app-namespace";

export interface RegistryCredentialsArgs {
  readonly namespace: AppNamespace;
  /** The registry's host, for instance `registry.example.com`. */
  readonly server: string;
  readonly username: string;
  readonly password: Input<string>;
}

/**
 * The Secret that pulls images (spec 004 calls it `registry-secret`). Auto-named, for the reason given at `WebService`: a new
 * password rolls the pods and replaces no Deployment.
 */
export class RegistryCredentials extends StackComponent {
  /** To be put into `imagePullSecrets`. */
  readonly secret: Output<string>;

  constructor(name: string, args: RegistryCredentialsArgs, options?: ComponentResourceOptions) {
    super("security", name, options);

    this.secret = this.createSecret(args).metadata.name;

    this.registerOutputs({});
  }

  private createSecret({ namespace, server, username, password }: RegistryCredentialsArgs): Secret {
    return new Secret(
      this.name,
      {
        metadata: {
          namespace: namespace.namespace,
          labels: standardLabels({ name: this.name, component: "registry" }),
        },
        type: "kubernetes.io/dockerconfigjson",
        stringData: { ".dockerconfigjson": jsonStringify({ auths: { [server]: { username, password } } }) },
      },
      this.child({ dependsOn: [namespace.resource] }),
    );
  }
}
