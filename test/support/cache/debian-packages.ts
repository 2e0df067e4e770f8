import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { toolCache } from "../../../local/state";
import { withLock } from "../../../local/toolchain/bootstrap/lock.mjs";
import { temporaryFolder } from "../../../local/toolchain/store";

/** Programs of the distribution's packages, unpacked into the tool cache: nothing is installed. */
export interface Unpacked {
  /** Where the programs are. */
  readonly path: string;
  /** Where the libraries are that this machine does not have. */
  readonly libraries: string;
}

/** Why there can be no packages on this machine; nothing: there can. */
export function whyNoPackages(): string | undefined {
  if (process.platform !== "linux") return "the programs are Linux packages";
  const needed = ["apt-get", "dpkg"].filter((name) => !existsSync(join("/usr/bin", name)));
  return needed.length === 0 ? undefined : `this machine has no ${needed.join(" and no ")}`;
}

/** Fetches packages, with those that they need and this machine lacks, through apt and with apt's own checks. */
export async function debianPackages(...names: readonly string[]): Promise<Unpacked> {
  const files = await missingPackages(names);
  const key = createHash("sha256").update(files.join("\n")).digest("hex").slice(0, 16);
  const folder = join(toolCache(process.env), "debian", key);
  await withLock(`${folder}.lock`, "Fetching Debian packages", async () => {
    if (existsSync(folder)) return;
    const temporary = temporaryFolder(folder);
    try {
      const downloads = join(temporary, "downloads");
      mkdirSync(downloads);
      await execa("apt-get", ["download", "-qq", ...files.map((file) => file.split("_")[0] ?? file)], {
        cwd: downloads,
      });
      const unpacked = join(temporary, "root");
      for (const file of readdirSync(downloads)) await execa("dpkg", ["-x", join(downloads, file), unpacked]);
      rmSync(downloads, { recursive: true });
      renameSync(temporary, folder);
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
  });
  return {
    path: ["usr/bin", "usr/sbin"].map((bin) => join(folder, "root", bin)).join(":"),
    libraries: libraryFolders(join(folder, "root", "usr", "lib")).join(":"),
  };
}

/** The files that installing would download: with their versions, so that a security update is a new folder. */
async function missingPackages(names: readonly string[]): Promise<readonly string[]> {
  const simulated = await execa("apt-get", [
    "install",
    "--reinstall",
    "--print-uris",
    "-qq",
    "-y",
    "--no-install-recommends",
    "-o",
    "Debug::NoLocking=1",
    ...names,
  ]);
  const files = simulated.stdout.split("\n").flatMap((line) => /^'[^']+' (\S+)/.exec(line)?.[1] ?? []);
  if (files.length === 0) throw new Error(`apt knows no ${names.join(", ")}: run apt-get update`);
  return files.sort();
}

/** Where the packages put this architecture's libraries, such as `usr/lib/x86_64-linux-gnu`; some bring none. */
function libraryFolders(lib: string): readonly string[] {
  return existsSync(lib)
    ? readdirSync(lib)
        .filter((name) => name.endsWith("-linux-gnu"))
        .map((name) => join(lib, name))
    : [];
}
