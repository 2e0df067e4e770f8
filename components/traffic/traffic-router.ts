import type { ColourName } from "../workload/settings";

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
