/**
 * What browsers are told with every answer, errors included. No value holds a comma or a colon: the Ingress controller's
 * annotation separates by them.
 *
 * - Nothing of ours belongs into a frame: `X-Frame-Options` for old browsers, `frame-ancestors` for the others. The proxy adds
 *   a policy of its own to one that the service may send; browsers enforce both.
 * - An answer is what its `Content-Type` says, and never guessed at.
 * - Addresses with metric names and time ranges stay with us.
 */
export const securityHeaders: Readonly<Record<string, string>> = {
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Content-Security-Policy": "frame-ancestors 'none'",
  "Referrer-Policy": "no-referrer",
};

/** What the service may have said instead, and what tells strangers about its insides. Its own content policy stays. */
export const hiddenHeaders: readonly string[] = [
  "X-Content-Type-Options",
  "X-Frame-Options",
  "Referrer-Policy",
  "X-Powered-By",
];

/** One year, the least that browsers' preload lists take (seconds). */
export const HSTS_MAX_AGE = 31_536_000;
