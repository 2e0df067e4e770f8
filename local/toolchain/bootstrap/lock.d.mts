export interface LockOptions {
  /** Told once for each holder that has to be waited for. */
  readonly onWait?: (who: string) => void;
  /** Gives up waiting. */
  readonly signal?: AbortSignal | undefined;
}

export function processStart(pid: number): string | undefined;
export function withLock<T>(path: string, purpose: string, work: () => Promise<T>, options?: LockOptions): Promise<T>;
