import { readFileSync } from "node:fs";
import { ExitCode, UserError } from "../errors";

const NO_NETWORK =
  /dial tcp|no such host|connection refused|network is unreachable|i\/o timeout|TLS handshake timeout|proxyconnect|module lookup disabled|Temporary failure in name resolution|server misbehaving/;

/**
 * What a failed run of Go means for a person.
 *
 * @param doing what failed, as the start of a sentence: "Building kwok v0.8.0"
 * @param log the file that has Go's output
 */
export function goFailure(doing: string, log: string): UserError {
  const output = readFileSync(log, "utf8");
  if (/verifying .*: (checksum mismatch|missing)|SECURITY ERROR|missing go\.sum entry/.test(output)) {
    return new UserError(
      `${doing}: a Go module is not the one that go.sum pins, and was not used`,
      `see ${log}; if a proxy or a private GOPROXY alters modules, go round it, then run the same command again`,
      ExitCode.refused,
    );
  }
  if (NO_NETWORK.test(output)) {
    return new UserError(
      `${doing} needs Go modules that are not on this machine, and their proxy cannot be reached`,
      `connect to the network (behind a proxy set HTTPS_PROXY or GOPROXY) and run the same command again; Go's output is in ${log}`,
      ExitCode.refused,
    );
  }
  if (/no space left on device|disk quota exceeded/.test(output)) {
    return new UserError(
      `${doing}: the disk is full`,
      `free about 6 GB where Go's caches are (go env GOCACHE GOMODCACHE), then run the same command again: it resumes`,
      ExitCode.refused,
    );
  }
  if (/signal: killed|cannot allocate memory|out of memory/.test(output)) {
    return new UserError(
      `${doing}: the machine ran out of memory`,
      `free about 2 GB of memory, then run the same command again: it resumes`,
      ExitCode.refused,
    );
  }
  const last = output.trimEnd().split("\n").at(-1) ?? "";
  return new UserError(
    `${doing} failed${last === "" ? "" : `: ${last}`}`,
    `read ${log}, then run the same command again: what is built already is kept`,
  );
}
