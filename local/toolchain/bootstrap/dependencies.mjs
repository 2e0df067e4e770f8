import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withLock } from "./lock.mjs";
import { findNpm, runNpm } from "./npm.mjs";
import { timed } from "./say.mjs";

/** Installs the npm dependencies when those that are there are not the ones that package-lock.json names. */
export async function ensureDependencies({ root, cache, env, node }) {
  const lockfile = readFileSync(join(root, "package-lock.json"));
  const hash = createHash("sha256").update(lockfile).digest("hex");
  const record = join(root, "node_modules", ".package-lock-hash");
  const recorded = () => existsSync(record) && readFileSync(record, "utf8") === hash;
  if (recorded()) return;
  const key = createHash("sha256").update(root).digest("hex").slice(0, 16);
  const title = "Installing npm dependencies";
  const install = async () => {
    if (recorded()) return;
    await runNpm(findNpm(env, node), ["ci"], { cwd: root, env, doing: title });
    writeFileSync(record, hash);
  };
  if (agrees(root, JSON.parse(lockfile))) {
    // A person ran `npm install`: what is there is right, and reinstalling it would only cost time.
    writeFileSync(record, hash);
    return;
  }
  await timed(title, (update) => withLock(join(cache, "locks", `npm-${key}.lock`), title, install, { onWait: update }));
}

/** Whether npm's own list of what it installed has everything that the lockfile asks for, and nothing else. */
function agrees(root, lockfile) {
  let installed;
  try {
    installed = JSON.parse(readFileSync(join(root, "node_modules", ".package-lock.json"), "utf8")).packages;
  } catch {
    return false;
  }
  const wanted = Object.entries(lockfile.packages).filter(([path]) => path !== "");
  const same = wanted.every(([path, { version, integrity, optional }]) => {
    const there = installed[path];
    if (there === undefined) return optional === true;
    return there.version === version && there.integrity === integrity && existsSync(join(root, path));
  });
  return same && Object.keys(installed).every((path) => path in lockfile.packages);
}
