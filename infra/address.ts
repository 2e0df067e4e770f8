import type { Address } from "../components/data/database";

/** As URLs and people write it. */
export function formatAddress({ host, port }: Address): string {
  return `${host}:${port}`;
}
