import type { CacheDescription } from "../components/cache/cache";
import type { IngressRouter } from "../components/traffic/ingress-router";
import type { Colours, Version } from "../components/workload/web-service";
import { type ColourName, colours } from "../components/workload/settings";
import { formatAddress } from "./address";

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
  /** The cache, as `host:port`. */
  readonly cache: {
    /** Reads and writes. */
    readonly primary: string;
    /** The servers, any of which may be the primary. Empty: somebody else runs them. */
    readonly members: readonly string[];
    /** Empty: there is no Sentinel. */
    readonly sentinels: readonly string[];
  };
}

export interface OutputArgs {
  readonly environment: string;
  readonly cluster: string;
  readonly namespace: string;
  readonly router: Pick<IngressRouter, "active" | "public" | "preview">;
  readonly releasedService: string;
  readonly release: Colours;
  readonly otherServices: Readonly<Record<string, Version>>;
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
    cache: {
      primary: formatAddress(args.cache.primary),
      members: args.cache.members.map(formatAddress),
      sentinels: args.cache.sentinels.map(formatAddress),
    },
  };
}

function describeColour({ version, image }: Version, instance: string): ColourOutput {
  const digest = image.split("@")[1];
  return { version, image, instance, ...(digest === undefined ? {} : { digest }) };
}
