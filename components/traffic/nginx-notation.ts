import { bytes, type Bytes, type Duration, seconds } from "../core/units";

/** What nginx, its Ingress controller and NGINX Gateway Fabric agree on: at most four digits and a unit. */
const MOST = 9999;

export function nginxTime(duration: Duration): string {
  const count = seconds(duration);
  return count <= MOST ? `${count}s` : `${Math.ceil(count / 60)}m`;
}

/** Rounded up: a limit must never come out lower than it was asked for. */
export function nginxSize(amount: Bytes): string {
  const kibibytes = bytes(amount) / 1024;
  if (kibibytes % 1024 === 0 || kibibytes > MOST) return `${Math.ceil(kibibytes / 1024)}m`;
  return `${kibibytes}k`;
}
