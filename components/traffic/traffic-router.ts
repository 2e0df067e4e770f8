import type { AppNamespace } from "../security/app-namespace";
import type { ColourName } from "../workload/settings";
import type { RateLimit, ServiceBehind, TrafficLimits } from "./settings";

/** Where one host's requests go. */
export interface Route {
  readonly host: string;
  /** The Service's name. */
  readonly service: string;
  readonly port: number;
}

/**
 * What stands between the outside and the colours. Colours know nothing of it: moving the traffic changes a router's objects and
 * nothing else.
 */
export interface TrafficRouter {
  readonly active: ColourName;
  /** The route that users take, to the active colour. */
  readonly public: Route;
  /** The route that operators take to the idle colour. @default none: there is no idle colour */
  readonly preview?: Route | undefined;
}

/** What every router is told, whichever way the traffic comes in. */
export interface RouterArgs {
  readonly namespace: AppNamespace;
  /** The service whose colours are routed; also the name of the public route's object (spec 004). */
  readonly service: string;
  readonly active: ColourName;
  readonly public: Route;
  /** @default none: there is no idle colour, and no way to it */
  readonly preview?: Route | undefined;
  /** The Secret with the certificate of both hosts. */
  readonly tlsSecret: string;
  /**
   * Who may reach the preview, as networks in CIDR notation.
   *
   * @default nobody is kept out; config allows that for local stacks only
   */
  readonly previewAllowedCidrs?: readonly string[];
  readonly limits: TrafficLimits;
  /** For the public host. */
  readonly rateLimit: RateLimit;
  /** What the limits have to agree with. */
  readonly behind: ServiceBehind;
}
