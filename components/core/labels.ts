/** The system that every object of the stack belongs to. */
const PART_OF = "monitoring-web-service";

/** Which colour of a released service an object belongs to. */
export const COLOUR_LABEL = "release.monitoring/colour";

export interface LabelArgs {
  /** The application, for instance `monitoring-web-service`. */
  readonly name: string;
  /**
   * What tells this one from others of the same application, for instance `monitoring-web-service-blue` (spec 004).
   *
   * @default the name
   */
  readonly instance?: string;
  /** The part it plays: `web-service`, `network`, `namespace`… */
  readonly component: string;
  /** @default none: an object that outlives a version does not carry one */
  readonly version?: string;
}

export type Labels = Readonly<Record<string, string>>;

/** The standard labels that every object of ours carries. */
export function standardLabels({ name, instance = name, component, version }: LabelArgs): Labels {
  return {
    "app.kubernetes.io/name": name,
    "app.kubernetes.io/instance": instance,
    "app.kubernetes.io/component": component,
    "app.kubernetes.io/part-of": PART_OF,
    "app.kubernetes.io/managed-by": "pulumi",
    ...(version === undefined ? {} : { "app.kubernetes.io/version": version }),
  };
}

/**
 * What selects the pods of an application, or of one instance of it. A Deployment's selector can never change, so
 * nothing that does (a version, a team, the component's name) may stand here.
 */
export function selectorLabels(name: string, instance?: string): Labels {
  return {
    "app.kubernetes.io/name": name,
    ...(instance === undefined ? {} : { "app.kubernetes.io/instance": instance }),
  };
}
