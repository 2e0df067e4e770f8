import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ExitCode } from "../../local/errors";
import { projectRoot } from "../../local/state";
import { blocksOf, documents, readDocument, shellBlocks, tableOf } from "../support/documents";
import { notExecuted } from "./allow-list";

const scripts = Object.keys(
  (JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as { scripts: Record<string, string> }).scripts,
);

describe("the documentation", () => {
  it("lets nothing that a shell could run hide in a block of another language", () => {
    const languages = new Set(documents.flatMap(blocksOf).map(({ language }) => language));
    // "output" is what a command printed: it may name commands, and nobody types it.
    const known = new Set(["sh", "text", "output", "mermaid", "yaml", "json", "ts"]);
    assert.deepEqual(
      [...languages].filter((language) => !known.has(language)),
      [],
    );
  });

  it("has no command in a block of plain text", () => {
    const commands = documents
      .flatMap(blocksOf)
      .filter(({ language, text }) => language === "text" && /^\s*(npm|npx|pulumi|kubectl|node|eval) /m.test(text));
    assert.deepEqual(commands, []);
  });

  it("has all blocks that are excused from being run, word for word", () => {
    const texts = new Set(shellBlocks.map(({ text }) => text));
    assert.deepEqual(
      [...notExecuted.keys()].filter((text) => !texts.has(text)),
      [],
      "test/docs/allow-list.ts holds what no document says any more",
    );
  });

  it("names only npm scripts that exist", () => {
    for (const document of documents) {
      const named = [...readDocument(document).matchAll(/\bnpm (?:run (?:-s )?([a-z]+)|(start|test)\b)/g)];
      const unknown = named.map((match) => match[1] ?? match[2] ?? "").filter((name) => !scripts.includes(name));
      assert.deepEqual(unknown, [], document);
    }
  });

  it("lists every npm script in the table of commands", () => {
    const listed = tableOf("docs/operations.md", "Commands").map(
      ([command = ""]) => /^`npm (?:run (?:-s )?)?([a-z]+)/.exec(command)?.[1],
    );
    assert.deepEqual([...new Set(listed)].sort(), [...scripts].sort());
  });

  it("lists the exit codes as the commands use them", () => {
    const listed = tableOf("docs/operations.md", "Exit codes").map(([code, name]) => [name, Number(code)]);
    assert.deepEqual(Object.fromEntries(listed), { ...ExitCode });
  });

  it("links to files that exist", () => {
    for (const document of documents) {
      const folder = join(projectRoot, document, "..");
      for (const [, target = ""] of readDocument(document).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) {
        assert.ok(existsSync(join(folder, target)), `${document} links to ${target}`);
      }
    }
  });
});
