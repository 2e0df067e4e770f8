/** A chart, pinned: where it is, and the only version that is installed. */
export interface Chart {
  /** The chart's name within its repository, or its whole address where that is an OCI registry. */
  readonly chart: string;
  /** @default none: the chart's address says it all */
  readonly repository?: string;
  readonly version: string;
  /** The program that this version of the chart installs. */
  readonly program: string;
}

/**
 * The one table of charts. A version stands here once it has been rendered with our values and its pods pass Pod Security
 * `restricted`; the newest is not taken unseen. `npm run charts -- diff` shows what a change here does to the cluster.
 */
export const charts = {
  "cert-manager": {
    chart: "oci://quay.io/jetstack/charts/cert-manager",
    version: "v1.21.2",
    program: "v1.21.2",
  },
  "cloudnative-pg": {
    chart: "cloudnative-pg",
    repository: "https://cloudnative-pg.github.io/charts",
    version: "0.29.0",
    program: "1.30.0",
  },
  "plugin-barman-cloud": {
    chart: "plugin-barman-cloud",
    repository: "https://cloudnative-pg.github.io/charts",
    version: "0.7.0",
    program: "v0.13.0",
  },
  "external-secrets": {
    chart: "external-secrets",
    repository: "https://charts.external-secrets.io",
    version: "2.9.0",
    program: "v2.9.0",
  },
  "nginx-ingress": {
    chart: "oci://ghcr.io/nginx/charts/nginx-ingress",
    version: "2.6.4",
    program: "5.5.4",
  },
  "metrics-server": {
    chart: "metrics-server",
    repository: "https://kubernetes-sigs.github.io/metrics-server",
    version: "3.13.1",
    program: "0.8.1",
  },
} as const satisfies Readonly<Record<string, Chart>>;

/** An add-on is called what its chart is called. */
export type AddonName = keyof typeof charts;
