import { createHash } from "node:crypto";

import type { ComponentResourceOptions } from "@pulumi/pulumi";
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";

import { kebabCase } from "../core/names";
import { type Duration, seconds } from "../core/units";
import {
  type DeliveredSecret,
  type SecretDelivery,
  type SecretRequest,
  secretsIn,
  type SecretTemplate,
} from "./secret-delivery";
import type { SecretStore } from "./secret-store";
import { formInWords, formPattern, type SecretName, secretNames, secretTable } from "./secret-table";
import { type NamedVersion, namedVersions } from "./secret-versions";

export interface ExternalDeliveryArgs {
  readonly store: SecretStore;
  /** The first part of every key in the store. */
  readonly prefix: string;
  /** The second part. */
  readonly environment: string;
  /** The version of each secret that is in use. */
  readonly rotation: Readonly<Record<SecretName, number>>;
  /** How often the operator puts a Secret right that somebody changed. */
  readonly refreshInterval: Duration;
}

/**
 * Delivers secrets that are kept in a store outside of the stack, by the External Secrets Operator. The stack knows their names and
 * never a value.
 *
 * A Secret is named after what it is made of: the templates, and the version of each secret in them. Its content never changes under
 * the pods; a new version is a new ExternalSecret, which the engine waits for, then the pods roll, and the old one goes last.
 *
 * Traps:
 * - A version that is not in the store, or is weaker than the table says, fails the `up` before any pod is touched.
 * - A value changed in the store under its old number reaches the Secret with the next refresh, and only pods that start after it.
 *
 * @example new ExternalDelivery({ store, prefix: "monitoring", environment: "production", versions, refreshInterval: "1 hour" })
 */
export class ExternalDelivery implements SecretDelivery {
  constructor(private readonly args: ExternalDeliveryArgs) {}

  deliver(
    resource: string,
    request: SecretRequest,
    options: Pick<ComponentResourceOptions, "parent">,
  ): DeliveredSecret {
    const { store, refreshInterval } = this.args;
    if (request.namespace.namespace !== store.namespace.namespace) {
      throw new Error(
        `${resource} is for ${request.namespace.namespace}: ${store.name} serves ${store.namespace.namespace} alone`,
      );
    }
    const template = {
      type: request.type ?? "Opaque",
      engineVersion: "v2",
      mergePolicy: "Replace",
      metadata: { labels: { ...request.labels } },
      data: Object.fromEntries(Object.entries(request.data).map(([key, text]) => [key, this.guarded(text)])),
    };
    const data = this.needed(request).map((one) => ({
      secretKey: one.name,
      remoteRef: { key: this.remoteKey(one.secret), property: `v${one.version}` },
    }));
    const name = `${resource}-${digest({ store: store.kind, type: template.type, templates: request.data, data })}`;
    const made = new CustomResource(
      resource,
      {
        apiVersion: "external-secrets.io/v1",
        kind: "ExternalSecret",
        metadata: {
          name,
          namespace: store.namespace.namespace,
          labels: { ...request.labels },
          annotations: { "pulumi.com/waitFor": "condition=Ready" },
        },
        spec: {
          secretStoreRef: { kind: "SecretStore", name: store.name },
          refreshInterval: `${seconds(refreshInterval)}s`,
          target: { name, creationPolicy: "Owner", deletionPolicy: "Retain", template },
          data,
        },
      },
      { ...options, dependsOn: [request.namespace.resource, store.resource] },
    );
    return { name, resource: made };
  }

  /** The versions that the templates name, each once. */
  private needed(request: SecretRequest): readonly NamedVersion[] {
    return [...new Set(Object.values(request.data).flatMap(secretsIn))].map((name) => this.named(name));
  }

  private named(name: string): NamedVersion {
    const known = secretNames.flatMap((secret) => namedVersions(secret, this.args.rotation[secret]));
    const found = known.find((one) => one.name === name);
    if (found === undefined) {
      throw new Error(`There is no secret called ${name}; there are ${known.map((one) => one.name).join(", ")}`);
    }
    return found;
  }

  /** A template that refuses a value of the wrong form, and says so without showing it. */
  private guarded(template: SecretTemplate): string {
    const guards = secretsIn(template).map((name) => {
      const { form } = secretTable[this.named(name).secret];
      const complaint = `${name} is not accepted (its value is not shown); allowed: ${formInWords(form)}`;
      const accepted = `mustRegexMatch ${JSON.stringify(formPattern(form))} .${name}`;
      return `{{ if not (${accepted}) }}{{ fail ${JSON.stringify(complaint)} }}{{ end }}`;
    });
    return guards.join("") + template;
  }

  private remoteKey(secret: SecretName): string {
    const { store, prefix, environment } = this.args;
    return [prefix, environment, kebabCase(secret)].join(store.kind === "kubernetes" ? "-" : "/");
  }
}

/** Of plain values only. */
function digest(content: object): string {
  return createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, 8);
}
