/** What the checks need to know of a machine; tests make it up. Undefined is what could not be found out. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  readonly nodeVersion: string;
  readonly npmVersion: string | undefined;
  readonly go: { readonly path: string; readonly version: string; readonly recent: boolean } | undefined;
  /** Tools that are neither on PATH nor in the tool cache, `name version`. */
  readonly missingTools: readonly string[];
  readonly cache: string;
  /** Where Go keeps what it builds, when there is a Go. */
  readonly goCache: string | undefined;
  /** Free for us on the file system of each folder (bytes). */
  readonly free: Readonly<Record<string, number>>;
  /** Memory that programs can still get (bytes); macOS has no figure that means this. */
  readonly memory: number | undefined;
  /** Most open files of one process; Infinity when there is no limit. */
  readonly openFiles: number | undefined;
  /** Linux only: limits per user. */
  readonly inotify: { readonly instances: number; readonly watches: number } | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** Why programs cannot talk to each other over 127.0.0.1, when that is so. */
  readonly loopbackFault: string | undefined;
  /** Ports that the environment has chosen before and that somebody else has now. */
  readonly takenPorts: readonly { readonly port: number; readonly holder: string }[];
}

export interface Finding {
  readonly name: string;
  /** What is there, in a few words. */
  readonly what: string;
  /** What would fail later, and why; undefined when all is well. */
  readonly why?: string;
  readonly fix?: string;
}

export type Check = (machine: Machine) => Finding;
