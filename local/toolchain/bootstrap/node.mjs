import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { withLock } from "./lock.mjs";
import { findNpm, runNpm } from "./npm.mjs";
import { ExitCode, LaunchError, timed } from "./say.mjs";

/** The oldest Node that runs this project, and the packages that bring a newer one. */
export function readPins() {
  return JSON.parse(readFileSync(fileURLToPath(new URL("../node.json", import.meta.url)), "utf8"));
}

/** Whether version `a` is `b` or newer. */
function atLeast(a, b) {
  const [left, right] = [a, b].map((version) => version.replace(/^v/, "").split(".").map(Number));
  for (const index of [0, 1, 2]) {
    if (left[index] !== right[index]) return left[index] > right[index];
  }
  return true;
}

/**
 * The Node to run the project with: this one if it is recent enough, else the pinned one, fetched into the tool cache the
 * first time.
 */
export async function ensureNode({ cache, env, version, platform, pins }) {
  if (atLeast(version, pins.minimum)) return process.execPath;
  const pin = pins.packages[platform];
  if (pin === undefined) {
    throw new LaunchError(
      `Node ${version} is too old, and no newer one can be brought for ${platform}`,
      `install Node ${pins.minimum} or newer, then run the same command again`,
      ExitCode.refused,
    );
  }
  const digest = createHash("sha256").update(pin.integrity).digest("hex").slice(0, 16);
  const folder = join(cache, "node", `v${pin.version}-${platform}-${digest}`);
  const node = join(folder, "bin", "node");
  if (existsSync(node)) return node;
  const title = `Fetching Node ${pin.version}, because this one is ${version} and ${pins.minimum} is needed`;
  await timed(title, (update) =>
    withLock(`${folder}.lock`, title, () => fetchNode(pin, folder, env), { onWait: update }),
  );
  return node;
}

async function fetchNode(pin, folder, env) {
  if (existsSync(join(folder, "bin", "node"))) return;
  const parent = dirname(folder);
  mkdirSync(parent, { recursive: true });
  for (const entry of readdirSync(parent).map((name) => join(parent, name))) {
    if (entry.startsWith(`${folder}.new-`)) rmSync(entry, { recursive: true, force: true });
  }
  const temporary = mkdtempSync(`${folder}.new-`);
  try {
    const doing = `Fetching Node ${pin.version}`;
    const args = ["pack", `${pin.name}@${pin.version}`, "--pack-destination", temporary];
    await runNpm(findNpm(env), args, { cwd: temporary, env, doing });
    const file = readdirSync(temporary).find((name) => name.endsWith(".tgz"));
    const content = file === undefined ? "" : readFileSync(join(temporary, file));
    const integrity = `sha512-${createHash("sha512").update(content).digest("base64")}`;
    if (integrity !== pin.integrity) {
      throw new LaunchError(
        `The package ${pin.name}@${pin.version} is not the one whose checksum is pinned, and was not used`,
        `install Node ${readPins().minimum} or newer yourself, then run the same command again`,
        ExitCode.refused,
      );
    }
    execFileSync("tar", ["-xzf", join(temporary, file), "-C", temporary]);
    const unpacked = join(temporary, "package");
    chmodSync(join(unpacked, "bin", "node"), 0o755);
    renameSync(unpacked, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}
