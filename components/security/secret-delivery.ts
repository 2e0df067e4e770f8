import { all, type ComponentResourceOptions, type Input, type Output, type Resource, secret } from "@pulumi/pulumi";
import { Secret } from "@pulumi/kubernetes/core/v1/secret";

import type { Labels } from "../core/labels";
import type { OwnedNamespace } from "./network-policies";

/**
 * A text with secrets in it, written as the External Secrets Operator's templates are: `{{ .name }}` stands for the secret called
 * `name`, and `{{ .name | toJson }}` for the same as a JSON string with its quotes. Anything else of that language is refused, so that
 * every way of delivery gives the same text.
 *
 * @example "postgresql://monitoring:{{ .database }}@postgresql:5432/metrics_production"
 */
export type SecretTemplate = string;

export interface SecretRequest {
  readonly namespace: OwnedNamespace;
  readonly labels: Labels;
  /** @default Opaque */
  readonly type?: string;
  /** What the Kubernetes Secret holds, by key. */
  readonly data: Readonly<Record<string, SecretTemplate>>;
}

/** A Kubernetes Secret that is there, or is going to be. */
export interface DeliveredSecret {
  /** To be put into a pod or a custom resource. A new content may be a new name, which rolls what takes it. */
  readonly name: Input<string>;
  /** What whoever takes the Secret depends on. */
  readonly resource: Resource;
}

/** How secrets get into the cluster. Components ask for Secrets by content and do not know where that comes from. */
export interface SecretDelivery {
  /** @param name the resource's name: begins with the name of `parent`, a component of ours. */
  deliver(name: string, request: SecretRequest, options: Pick<ComponentResourceOptions, "parent">): DeliveredSecret;
}

const PLACEHOLDER = /\{\{ \.(\w+)( \| toJson)? \}\}/g;

/** The names of the secrets in a template, each once. */
export function secretsIn(template: SecretTemplate): readonly string[] {
  if (/\{\{|\}\}/.test(template.replaceAll(PLACEHOLDER, ""))) {
    throw new Error(
      `A secret template knows {{ .name }}, {{ .name | toJson }} and nothing else of the template language: ${template}`,
    );
  }
  return [...new Set([...template.matchAll(PLACEHOLDER)].flatMap(([, name]) => name ?? []))];
}

/** The text of a template, always secret. */
export function fillTemplate(
  template: SecretTemplate,
  values: Readonly<Record<string, Input<string>>>,
): Output<string> {
  const needed = secretsIn(template).map((name) => {
    const value = values[name];
    if (value === undefined)
      throw new Error(`There is no secret called ${name}; there are ${Object.keys(values).join(", ")}`);
    return [name, value] as const;
  });
  const filled = all(Object.fromEntries(needed)).apply((texts) =>
    template.replaceAll(PLACEHOLDER, (_, name: string, asJson: string | undefined) => {
      const text = texts[name] ?? "";
      return asJson === undefined ? text : JSON.stringify(text);
    }),
  );
  return secret(filled);
}

export interface GeneratedDeliveryArgs {
  /** The secrets by the names that templates use. */
  readonly values: Readonly<Record<string, Input<string>>>;
}

/**
 * Delivers secrets that the stack itself generates and keeps in its encrypted state.
 *
 * The Secrets have no fixed name, for the reason given at `WebService`: the provider replaces a Secret whose data changes, and a
 * named one would be gone for a moment.
 */
export class GeneratedDelivery implements SecretDelivery {
  constructor(private readonly args: GeneratedDeliveryArgs) {}

  deliver(name: string, request: SecretRequest, options: Pick<ComponentResourceOptions, "parent">): DeliveredSecret {
    const made = new Secret(
      name,
      {
        metadata: { namespace: request.namespace.namespace, labels: { ...request.labels } },
        type: request.type ?? "Opaque",
        stringData: Object.fromEntries(
          Object.entries(request.data).map(([key, template]) => [key, fillTemplate(template, this.args.values)]),
        ),
      },
      { ...options, dependsOn: [request.namespace.resource] },
    );
    return { name: made.metadata.name, resource: made };
  }
}
