import type { CacheDescription } from "../components/cache/cache";
import type { Address, DatabaseDescription } from "../components/data/database";
import type { TrafficRouter } from "../components/traffic/traffic-router";
import type { Colours, Version } from "../components/workload/web-service";
import { type ColourName, colours } from "../components/workload/settings";

/** A colour that exists. */
interface ColourOutput {
  readonly version: string;
  readonly image: string;
  /** `sha256:…`. @default none: the image was given by tag, which local stacks may do */
  readonly digest?: string;
  /** The name of its Deployment and of its Service. */
  readonly instance: string;
}

/** A service that is rolled in place. */
interface ServiceOutput {
  readonly version: string;
  readonly image: string;
}

/**
 * What the stack tells the outside: the release tool, dashboards, people. A contract: keys are added, and not renamed.
 * No secret is part of it.
 */
export interface StackOutputs {
  readonly environment: string;
  /** The cluster's identifier. */
  readonly cluster: string;
  readonly namespace: string;
  readonly endpoints: {
    readonly public: string;
    /** @default none: there is no idle colour */
    readonly preview?: string;
  };
  readonly release: {
    readonly active: ColourName;
    /** The colours that exist. */
    readonly colours: Readonly<Partial<Record<ColourName, ColourOutput>>>;
  };
  /** The services beside the released one, by name. */
  readonly services: Readonly<Record<string, ServiceOutput>>;
  readonly database: {
    readonly name: string;
    /** Reads and writes. */
    readonly write: Address;
    /** Reads only, from replicas where there are any. */
    readonly read: Address;
  };
  readonly cache: {
    /** Reads and writes. */
    readonly primary: Address;
    /** The servers, any of which may be the primary. Empty: somebody else runs them. */
    readonly members: readonly Address[];
    /** Empty: there is no Sentinel. */
    readonly sentinels: readonly Address[];
  };
}

export interface OutputArgs {
  readonly environment: string;
  readonly cluster: string;
  readonly namespace: string;
  readonly router: TrafficRouter;
  readonly releasedService: string;
  readonly release: Colours;
  readonly otherServices: Readonly<Record<string, Version>>;
  readonly database: Pick<DatabaseDescription, "name" | "write" | "read">;
  readonly cache: Pick<CacheDescription, "primary" | "members" | "sentinels">;
}

export function stackOutputs(args: OutputArgs): StackOutputs {
  const { router } = args;
  return {
    environment: args.environment,
    cluster: args.cluster,
    namespace: args.namespace,
    endpoints: {
      public: `https://${router.public.host}`,
      ...(router.preview === undefined ? {} : { preview: `https://${router.preview.host}` }),
    },
    release: {
      active: router.active,
      colours: Object.fromEntries(
        colours.flatMap((colour) => {
          const version = args.release[colour];
          return version === undefined ? [] : [[colour, describeColour(version, `${args.releasedService}-${colour}`)]];
        }),
      ),
    },
    services: Object.fromEntries(
      Object.entries(args.otherServices).map(([name, { version, image }]) => [name, { version, image }]),
    ),
    database: { name: args.database.name, write: args.database.write, read: args.database.read },
    cache: { primary: args.cache.primary, members: args.cache.members, sentinels: args.cache.sentinels },
  };
}

function describeColour({ version, image }: Version, instance: string): ColourOutput {
  const digest = image.split("@")[1];
  return { version, image, instance, ...(digest === undefined ? {} : { digest }) };
}
