import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire, enableCompileCache, Module } from "node:module";
import { join } from "node:path";
import process from "node:process";

// Runs a plugin's TypeScript: `node launcher.mjs <cache folder> <main.ts> [argument ...]`.
// ts-node would load the TypeScript compiler into every plugin process (90 MB and 0.2 s each); plugins only need their
// types stripped, so this transpiles with swc, once per content of a file, and keeps the result in the cache folder.

const [cache = "", main = "", ...args] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const swcVersion = require("@swc/core/package.json").version;

/** Both caches only save time: a folder that cannot be written costs speed, never the run. */
function transpile(file) {
  const source = readFileSync(file, "utf8");
  const key = createHash("sha256").update(`${swcVersion}\0${file}\0${source}`).digest("hex");
  const cached = join(cache, `${key}.js`);
  try {
    return readFileSync(cached, "utf8");
  } catch {
    const { code } = require("@swc/core").transformSync(source, {
      filename: file,
      swcrc: false,
      sourceMaps: "inline",
      // A dynamic import stays one: it is how a plugin loads what it seldom needs.
      module: { type: "commonjs", ignoreDynamic: true },
      jsc: { parser: { syntax: "typescript" }, target: "es2023", keepClassNames: true },
    });
    try {
      mkdirSync(cache, { recursive: true });
      writeFileSync(`${cached}.${process.pid}`, code);
      renameSync(`${cached}.${process.pid}`, cached);
    } catch {
      return code;
    }
    return code;
  }
}

process.argv.splice(1, process.argv.length, main, ...args);
process.setSourceMapsEnabled(true);
enableCompileCache(join(cache, "v8"));
Module._extensions[".ts"] = (module, file) => module._compile(transpile(file), file);
require(main);
