import type { ComponentResourceOptions } from "@pulumi/pulumi";

import { standardLabels } from "../core/labels";
import { StackComponent } from "../core/stack-component";
import type { OwnedNamespace } from "./network-policies";
import type { DeliveredSecret, SecretDelivery, SecretTemplate } from "./secret-delivery";

export interface RegistryCredentialsArgs {
  readonly namespace: OwnedNamespace;
  /** The registry's host, for instance `registry.example.com`. */
  readonly server: string;
  readonly username: string;
  /** What has the password, as `registryPassword`. */
  readonly delivery: SecretDelivery;
}

/**
 * The Secret that pulls images (spec 004 calls it `registry-secret`). A new password is a Secret with a new name, for the reason given
 * at `WebService`: it rolls the pods and replaces no Deployment.
 *
 * @example new RegistryCredentials("registry-secret", { namespace, server: "registry.example.com", username: "robot", delivery })
 */
export class RegistryCredentials extends StackComponent {
  /** To be put into `imagePullSecrets`. */
  readonly secret: DeliveredSecret;

  constructor(name: string, args: RegistryCredentialsArgs, options?: ComponentResourceOptions) {
    super("security", name, options);

    this.secret = args.delivery.deliver(
      name,
      {
        namespace: args.namespace,
        labels: standardLabels({ name, component: "registry" }),
        type: "kubernetes.io/dockerconfigjson",
        data: { ".dockerconfigjson": dockerConfig(args) },
      },
      this.child(),
    );

    this.registerOutputs({});
  }
}

/** JSON, whatever characters the three have in them: the template language quotes the password itself. */
function dockerConfig({ server, username }: RegistryCredentialsArgs): SecretTemplate {
  const credentials = `{ "username": ${JSON.stringify(username)}, "password": {{ .registryPassword | toJson }} }`;
  return `{ "auths": { ${JSON.stringify(server)}: ${credentials} } }`;
}
