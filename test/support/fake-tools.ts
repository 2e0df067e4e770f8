import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Progress, Step } from "../../local/progress";
import { type ToolName, type ToolSpec, tools } from "../../local/toolchain/versions";

/** A temporary folder with a cache, a home and a folder of executables of our own on PATH, and nothing of the user's. */
export class Sandbox {
  readonly root = mkdtempSync(join(tmpdir(), "toolchain-"));
  readonly bin = this.#folder("bin");
  readonly env: NodeJS.ProcessEnv = {
    PATH: `${this.bin}:${this.#system()}`,
    HOME: this.#folder("home"),
    XDG_CACHE_HOME: this.#folder("cache"),
  };

  get cache(): string {
    return join(this.root, "cache", "monitoring-web-service");
  }

  /** What the scripts need of the system, and nothing else: this machine's own Go or kubectl must not be found. */
  #system(): string {
    const folder = this.#folder("system");
    for (const name of ["cat", "chmod", "cp", "env", "gzip", "mkdir", "ps", "rm", "sh", "sleep", "tar", "touch"]) {
      const path = ["/usr/bin", "/bin"].map((place) => join(place, name)).find((candidate) => existsSync(candidate));
      if (path !== undefined) symlinkSync(path, join(folder, name));
    }
    return folder;
  }

  #folder(name: string): string {
    const path = join(this.root, name);
    mkdirSync(path);
    return path;
  }

  /** Puts a shell script on PATH. */
  script(name: string, body: string): string {
    const path = join(this.bin, name);
    writeFileSync(path, `#!/bin/sh\n${body}\n`);
    chmodSync(path, 0o755);
    return path;
  }

  /**
   * Puts a `go` on PATH that notes each call in {@link calls} and builds tools that say their pinned version.
   *
   * @param build instead of what a build does; `$out` is the file to make, `$package` what to make it from
   */
  go({ version = "go1.26.8", build = GOOD_BUILD }: { version?: string; build?: string } = {}): void {
    this.script(
      "go",
      `echo "$@" >> '${join(this.root, "go-calls")}'
env > '${join(this.root, "go-env")}'
case "$1" in
env) echo '{"GOVERSION":"${version}","GOPROXY":"https://proxy.example","GOCACHE":"${join(this.root, "go-cache")}"}' ;;
build)
  while [ $# -gt 1 ]; do if [ "$1" = -o ]; then out=$2; fi; shift; done
  package=$1
  ${build} ;;
esac`,
    );
  }

  /** The calls of the fake go's `build`, each as its package. */
  builds(): string[] {
    return this.#lines("go-calls")
      .filter((line) => line.startsWith("build "))
      .map((line) => line.split(" ").at(-1) ?? "");
  }

  goEnvironment(): string[] {
    return this.#lines("go-env");
  }

  #lines(name: string): string[] {
    try {
      return readFileSync(join(this.root, name), "utf8").trimEnd().split("\n");
    } catch {
      return [];
    }
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** Makes a program that answers any question for its version as the real one of that name does. */
export const GOOD_BUILD = `cat > "$out" <<'END'
#!/bin/sh
case "$0" in
*/pulumi) echo v3.230.0 ;;
*/etcd) echo "etcd Version: 3.6.8" ;;
*/kubectl) echo "Client Version: v1.36.3" ;;
*/kwok) echo "kwok version v0.8.0 go1.26.8 (linux/amd64)" ;;
*/kube-score) echo "kube-score version: v1.20.0, commit: N/A, built: N/A" ;;
*) echo "Kubernetes v1.36.3" ;;
esac
END
chmod 755 "$out"`;

/** The pinned tools, without a download for any of them. */
export const withoutDownloads: Readonly<Record<ToolName, ToolSpec>> = Object.fromEntries(
  Object.entries(tools).map(([name, spec]) => [name, { ...spec, downloads: {} }]),
) as Record<ToolName, ToolSpec>;

/** Collects what would be shown. */
export class RecordedProgress implements Progress {
  readonly lines: string[] = [];

  async step<T>(title: string, work: (step: Step) => Promise<T>): Promise<T> {
    this.lines.push(title);
    return work({ update: (detail) => this.lines.push(`${title}: ${detail}`) });
  }

  note(text: string): void {
    this.lines.push(text);
  }
}
