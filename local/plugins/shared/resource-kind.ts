import type { PlainProperties, Properties } from "./values";

/** Why an input is refused; the engine prints it with the resource and the property. */
export interface CheckFailure {
  /** Path of the property, such as `vpcConfig.subnetIds[0]`; empty for the resource as a whole. */
  readonly property: string;
  readonly reason: string;
}

/** What a kind of resource is told about the one at hand. */
export interface ResourceContext<Settings> {
  readonly urn: string;
  /** The name that the program gave it: the last part of its URN. */
  readonly name: string;
  /** Secrets are revealed, and unknowns occur in a preview. */
  readonly inputs: PlainProperties;
  readonly settings: Settings;
}

/** Outputs beyond the inputs; a property that is also an input gets the input's value. */
interface Created {
  readonly id: string;
  readonly outputs: Properties;
}

export interface AutoName {
  /** The input that carries the name, such as `name` or `bucket`. */
  readonly property: string;
  readonly maxLength: number;
}

/** One type of resource of a recorded provider. */
export interface ResourceKind<Settings> {
  /** Inputs without which it cannot be created. */
  readonly required?: readonly string[];
  /** Paths of inputs whose change replaces the resource; `*` for all. */
  readonly replaceOn: readonly string[];
  /** Inputs and outputs that are always secret, whoever supplied them. */
  readonly secrets?: readonly string[];
  /** A name is made up when the program gives none: the resource's name and 7 random hexadecimal digits. */
  readonly autoName?: AutoName;
  /** Values of inputs that were not given. */
  readonly defaults?: PlainProperties;
  /** Faults beyond missing inputs. Unknowns must be let pass. */
  check?(inputs: PlainProperties): readonly CheckFailure[];
  /** Names of the outputs that are unknown until the resource is created. */
  computed(context: ResourceContext<Settings>): readonly string[];
  create(context: ResourceContext<Settings>): Promise<Created> | Created;
  /** The computed outputs after a change, or as they are now when the state is refreshed. @default the old ones */
  update?(context: ResourceContext<Settings>, id: string, olds: Properties): Promise<Properties> | Properties;
  /** Outputs that a preview of an update cannot foretell. */
  readonly volatile?: readonly string[];
  /** Inputs and outputs of what `pulumi import` names. @default import is refused */
  import?(id: string): Promise<Imported> | Imported;
}

interface Imported {
  /** @default the id that was asked for */
  readonly id?: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
}

/** A provider made of tables. */
export interface ProviderDefinition<Settings> {
  readonly name: string;
  readonly version: string;
  /** Faults in the provider's configuration. */
  checkConfig(config: PlainProperties): readonly CheckFailure[];
  configure(config: PlainProperties): Settings;
  /** @throws RpcError when the type is not in the table */
  kind(type: string): ResourceKind<Settings>;
  /** @throws RpcError when the function is not in the table */
  invoke(token: string, args: PlainProperties, settings: Settings): Promise<Properties> | Properties;
}
