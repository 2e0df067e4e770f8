import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { delimiter, join } from "node:path";
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { toolCache } from "../state";
import { minimumGo } from "./versions";

/** A Go that is installed on this machine. */
export interface GoInstallation {
  readonly path: string;
  /** As Go says it, for example `go1.26.8`. */
  readonly version: string;
  /** Fit to build the pinned modules. */
  readonly recent: boolean;
  /** The environment to run it with. */
  readonly env: NodeJS.ProcessEnv;
}

/** What a person may rightly set: where modules come from and where caches are. None of it can weaken go.sum. */
const ASKED = [
  "GOPROXY",
  "GOCACHE",
  "GOMODCACHE",
  "GOPATH",
  "GONOPROXY",
  "GOINSECURE",
  "GOSUMDB",
  "GONOSUMDB",
  "GOAUTH",
];

const PASSED =
  /^(PATH|HOME|USER|TMPDIR|GOTMPDIR|LANG|LC_.*|SSL_CERT_(FILE|DIR)|GIT_.*|SSH_AUTH_SOCK|NETRC|(HTTPS?|NO|ALL)_PROXY|GOMAXPROCS|GOMEMLIMIT)$/i;

/**
 * The Go on PATH with a clean environment: flags, workspaces, toolchains and targets of the user's own change neither what is
 * checked nor what is built, so that Go's build cache is shared by everything that builds these modules.
 */
export async function findGo(env: NodeJS.ProcessEnv): Promise<GoInstallation | undefined> {
  const path = findExecutable("go", env);
  if (path === undefined) return undefined;
  const passed = pick(
    env,
    Object.keys(env).filter((name) => PASSED.test(name)),
  );
  const asking: NodeJS.ProcessEnv = {
    ...passed,
    ...pick(env, [...ASKED, "XDG_CACHE_HOME"]),
    ...ownFolders(env),
    GOENV: env["GOENV"] ?? join(env["XDG_CONFIG_HOME"] ?? join(env["HOME"] ?? homedir(), ".config"), "go", "env"),
    GOTOOLCHAIN: "local",
  };
  let answer: Record<string, string>;
  try {
    const { stdout } = await promisify(execFile)(path, ["env", "-json", "GOVERSION", ...ASKED], {
      env: asking,
      cwd: "/",
    });
    answer = JSON.parse(stdout) as Record<string, string>;
  } catch {
    return undefined;
  }
  const version = answer["GOVERSION"] ?? "";
  const settings = pick(
    answer,
    ASKED.filter((name) => answer[name] !== ""),
  );
  return {
    path,
    version,
    recent: isRecent(version),
    env: {
      ...passed,
      ...settings,
      ...ownFolders(env),
      GOMODCACHE: moduleCache(settings["GOMODCACHE"], env),
      CGO_ENABLED: "0",
      GO111MODULE: "on",
      GOENV: "off",
      GOFLAGS: "-mod=readonly",
      GOTOOLCHAIN: "local",
      GOWORK: "off",
    },
  };
}

/** Where Go counts its own use, which it otherwise starts to do in the user's home. */
function ownFolders(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { XDG_CONFIG_HOME: join(toolCache(env), "go", "config") };
}

/** The modules that are there already are worth sharing; without any, nothing new appears in the user's home. */
function moduleCache(users: string | undefined, env: NodeJS.ProcessEnv): string {
  return users !== undefined && existsSync(users) ? users : join(toolCache(env), "go", "modules");
}

function isRecent(version: string): boolean {
  const match = /go(\d+)\.(\d+)/.exec(version);
  if (match === null) return false;
  const [major, minor] = [Number(match[1]), Number(match[2])];
  return major > minimumGo.major || (major === minimumGo.major && minor >= minimumGo.minor);
}

function pick(env: NodeJS.ProcessEnv, names: readonly string[]): NodeJS.ProcessEnv {
  const picked: NodeJS.ProcessEnv = {};
  for (const name of names) if (env[name] !== undefined) picked[name] = env[name];
  return picked;
}

/** The first executable file of that name on PATH. */
export function findExecutable(name: string, env: NodeJS.ProcessEnv): string | undefined {
  return findExecutables(name, env)[0];
}

/** All executable files of that name on PATH, in its order. */
export function findExecutables(name: string, env: NodeJS.ProcessEnv): readonly string[] {
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders
    .map((folder) => join(folder, name))
    .filter((path) => {
      try {
        accessSync(path, constants.X_OK);
        return statSync(path).isFile();
      } catch {
        return false;
      }
    });
}
