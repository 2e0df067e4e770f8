/** The longest name that each kind of object, or what Kubernetes derives from it, can have (characters). */
export const nameLimits = {
  namespace: 63,
  /** A DNS label of RFC 1035. */
  service: 63,
  /** Also the limit of a label's value: names that we select by must fit it. */
  label: 63,
  /** Ingresses, Secrets, ConfigMaps: a DNS subdomain. */
  subdomain: 253,
  host: 253,
} as const;

/** What we append to a service's name: a colour, or an auto-named object's `-secrets-` and 8 digits. */
const LONGEST_SUFFIX = "-secrets-01234567".length;

/** A service's name leaves room for everything that is derived from it. */
export const serviceNameLimit = nameLimits.service - LONGEST_SUFFIX;

const LABEL = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL_VALUE = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

/** Lower-case letters, digits and dashes, beginning with a letter: fits Services (RFC 1035) and Namespaces alike. */
export function isDnsLabel(text: string, limit: number = nameLimits.label): boolean {
  return text.length <= limit && LABEL.test(text);
}

/** DNS labels joined by dots. */
export function isDnsSubdomain(text: string): boolean {
  return text.length <= nameLimits.subdomain && SUBDOMAIN.test(text) && text.split(".").every((l) => l.length <= 63);
}

/** A host name of the public DNS: at least two labels, and no address. */
export function isHostName(text: string): boolean {
  return isDnsSubdomain(text) && text.includes(".") && !/^[\d.]+$/.test(text);
}

export function isLabelValue(text: string): boolean {
  return text.length <= nameLimits.label && LABEL_VALUE.test(text);
}

/** `encryptionKey` as `encryption-key`: a name of ours as a part of an object's. */
export function kebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
