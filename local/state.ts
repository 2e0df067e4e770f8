import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** The checkout this file is in. */
export const projectRoot = resolve(__dirname, "..");

/** Every file that an embedded environment owns, in one git-ignored folder. */
export interface StateFolder {
  readonly root: string;
  /** Own certificate authority, certificates and keys; keys are 0600. */
  readonly pki: string;
  /** The administrator's kubeconfig, 0600. */
  readonly kubeconfig: string;
  readonly etcd: string;
  readonly logs: string;
  /** One file per process of ours, by which it is recognised again. */
  readonly run: string;
  /** Generated configuration of the control plane's processes. */
  readonly config: string;
  /** PULUMI_HOME: plugins and workspace settings. */
  readonly pulumiHome: string;
  /** The engine's file backend. */
  readonly backend: string;
  /** Links to node and to the tools: the one folder to put on PATH. */
  readonly bin: string;
  /** The engine as `npm start` runs it, attended. */
  readonly engine: string;
  /** Projects with a changed copy of a stack's configuration. */
  readonly projects: string;
  /** Renders, each in a folder called like its stack. */
  readonly render: string;
  /** The passphrase of the stacks on the user's own clusters, 0600. */
  readonly passphrase: string;
}

/**
 * The state folder of this checkout, or of the folder that `LOCAL_STATE` names (tests run several environments).
 *
 * @default `.local` in the project's root
 */
export function stateFolder(root: string = process.env["LOCAL_STATE"] ?? join(projectRoot, ".local")): StateFolder {
  const absolute = resolve(root);
  return {
    root: absolute,
    pki: join(absolute, "pki"),
    kubeconfig: join(absolute, "kubeconfig"),
    etcd: join(absolute, "etcd"),
    logs: join(absolute, "logs"),
    run: join(absolute, "run"),
    config: join(absolute, "config"),
    pulumiHome: join(absolute, "pulumi"),
    backend: join(absolute, "backend"),
    bin: join(absolute, "bin"),
    engine: join(absolute, "engine"),
    projects: join(absolute, "projects"),
    render: join(absolute, "render"),
    passphrase: join(absolute, "passphrase"),
  };
}

/**
 * Where built and downloaded tools are kept, shared by all checkouts of a user.
 *
 * @default `monitoring-web-service` in XDG_CACHE_HOME, or in `~/.cache`
 */
export function toolCache(env: NodeJS.ProcessEnv = process.env): string {
  const base = env["XDG_CACHE_HOME"];
  return join(base === undefined || base === "" ? join(homedir(), ".cache") : base, "monitoring-web-service");
}
