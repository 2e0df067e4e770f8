import {
  ComponentResource,
  type ComponentResourceOptions,
  type Inputs,
  type ResourceOptions,
  type ResourceTransformation,
} from "@pulumi/pulumi";

/** The folders of components/, which are the middle part of a type token. */
type Folder = "cache" | "cluster" | "data" | "security" | "traffic" | "workload";

/**
 * The base of every component. It holds the rules that make URNs predictable:
 *
 * - the type token is `monitoring:<folder>:<class>`, so renaming a class is a visible change that needs an alias;
 * - a child's name starts with its parent's, so that two instances of a component can never collide;
 * - outputs are registered once, by the component itself.
 *
 * The trap: a child made without `this.child()` has no parent, escapes these rules and the component's provider.
 * A test over all resources of all stacks catches that.
 */
export abstract class StackComponent extends ComponentResource {
  #outputsRegistered = false;

  protected constructor(
    folder: Folder,
    readonly name: string,
    options: ComponentResourceOptions = {},
  ) {
    super(
      `monitoring:${folder}:${new.target.name}`,
      name,
      {},
      { ...options, transformations: [...(options.transformations ?? []), requirePrefix] },
    );
  }

  /** The options of a child: this component as its parent, and what has to exist before it. */
  protected child(options: Pick<ResourceOptions, "dependsOn"> = {}): Pick<ResourceOptions, "dependsOn" | "parent"> {
    return { ...options, parent: this };
  }

  /** To be called once, as the last line of the constructor. */
  protected override registerOutputs(outputs?: Inputs): void {
    // The SDK calls this too, without outputs, some time after the constructor.
    if (outputs === undefined) {
      super.registerOutputs();
      return;
    }
    if (this.#outputsRegistered) throw new Error(`${this.name} registers its outputs twice`);
    this.#outputsRegistered = true;
    super.registerOutputs(outputs);
  }
}

/** Inherited by all descendants of a component; judges those whose direct parent is a component of ours. */
const requirePrefix: ResourceTransformation = ({ name, type, opts }) => {
  const parent = opts.parent;
  if (parent instanceof StackComponent && !name.startsWith(parent.name)) {
    throw new Error(`${type} "${name}" is a child of "${parent.name}": its name must start with "${parent.name}"`);
  }
  return undefined;
};
