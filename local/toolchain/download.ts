import { createHash } from "node:crypto";
import { execFile } from "node:child_process";
import { createWriteStream, mkdirSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import type { Step } from "../progress";
import type { DownloadSpec } from "./versions";

/** Without an answer after this long there is no network worth waiting for (milliseconds). */
const ANSWER_WITHIN = 3000;

/** A download that brings nothing for this long has ended (milliseconds). */
const STALLED_AFTER = 15_000;

/** Why a download did not give the tool. */
export type DownloadFailure = "unreachable" | "refused" | "checksum";

/**
 * Downloads a release file, checks it against the pinned checksum, and leaves the tool as `folder/name`.
 *
 * @returns undefined when that worked; nothing unchecked is ever unpacked
 */
export async function download(
  spec: DownloadSpec,
  folder: string,
  name: string,
  step: Step,
  signal: AbortSignal | undefined,
): Promise<DownloadFailure | undefined> {
  const file = join(folder, ".download");
  try {
    const failure = await fetchFile(spec, file, step, signal);
    if (failure !== undefined) return failure;
    await unpack(spec, file, folder, name);
    return undefined;
  } finally {
    rmSync(file, { force: true });
  }
}

async function fetchFile(
  spec: DownloadSpec,
  file: string,
  step: Step,
  signal: AbortSignal | undefined,
): Promise<DownloadFailure | undefined> {
  const stop = new AbortController();
  let timer = setTimeout(() => {
    stop.abort();
  }, ANSWER_WITHIN);
  const hash = createHash("sha256");
  let received = 0;
  let shown = 0;
  try {
    const response = await fetch(spec.url, {
      signal: signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]),
    });
    if (!response.ok || response.body === null) return "refused";
    const watch = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        clearTimeout(timer);
        timer = setTimeout(() => {
          stop.abort();
        }, STALLED_AFTER);
        hash.update(chunk);
        received += chunk.length;
        const tens = Math.floor(received / 10_000_000);
        if (tens > shown) step.update(`${tens * 10} MB`);
        shown = tens;
        done(null, chunk);
      },
    });
    await pipeline(Readable.fromWeb(response.body), watch, createWriteStream(file));
  } catch {
    signal?.throwIfAborted();
    return "unreachable";
  } finally {
    clearTimeout(timer);
  }
  return hash.digest("hex") === spec.sha256 ? undefined : "checksum";
}

async function unpack(spec: DownloadSpec, file: string, folder: string, name: string): Promise<void> {
  const [tool] = spec.members ?? [];
  if (spec.members === undefined || tool === undefined) {
    renameSync(file, join(folder, name));
    return;
  }
  const unpacked = join(folder, ".unpacked");
  mkdirSync(unpacked);
  await promisify(execFile)("tar", ["-xzf", file, "-C", unpacked, ...spec.members]);
  for (const member of spec.members) {
    renameSync(join(unpacked, member), join(folder, member === tool ? name : basename(member)));
  }
  rmSync(unpacked, { recursive: true });
}
