import { request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";
import { setTimeout as wait } from "node:timers/promises";
import type { Credentials } from "./pki";

/** One probe may take this long (milliseconds). */
const PROBE_TIMEOUT = 2000;

/** How often something is looked at until it is so (milliseconds). */
const POLL = 50;

/** Whether `url` answers 200 now. */
export async function probe(url: string, authority: Credentials, client: Credentials): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { method: "GET", agent: false as const, timeout: PROBE_TIMEOUT };
    const tls = { ca: authority.certificate, cert: client.certificate, key: client.key };
    const outgoing = url.startsWith("https:") ? tlsRequest(url, { ...options, ...tls }) : plainRequest(url, options);
    outgoing.on("response", (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    outgoing.on("timeout", () => outgoing.destroy());
    outgoing.on("error", () => {
      resolve(false);
    });
    outgoing.on("close", () => {
      resolve(false);
    });
    outgoing.end();
  });
}

/**
 * Looks again and again until `look` is true.
 *
 * @param timeout milliseconds
 * @returns whether it became so in time
 */
export async function until(
  look: () => Promise<boolean>,
  timeout: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const deadline = Date.now() + timeout;
  for (;;) {
    signal?.throwIfAborted();
    if (await look()) return true;
    if (Date.now() > deadline) return false;
    await wait(POLL, undefined, signal === undefined ? {} : { signal });
  }
}
