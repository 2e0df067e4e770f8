import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../local/state";

/** Everything that people read, relative to the project's root, in the order in which a newcomer comes across it. */
export const documents: readonly string[] = [
  "README.md",
  "CONTRIBUTING.md",
  ...(readdirSync(join(projectRoot, "docs"), { recursive: true }) as string[])
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name))
    .sort(),
];

export interface Block {
  readonly document: string;
  /** The line of its opening fence. */
  readonly line: number;
  /** What stands after the opening fence. */
  readonly language: string;
  readonly text: string;
}

export function readDocument(document: string): string {
  return readFileSync(join(projectRoot, document), "utf8");
}

/** The fenced blocks of a document, in their order. */
export function blocksOf(document: string): readonly Block[] {
  const text = readDocument(document);
  return [...text.matchAll(/^([ \t]*)```(.*)\n([^]*?)\n?^\1```$/gm)].map((match) => ({
    document,
    line: text.slice(0, match.index).split("\n").length,
    language: (match[2] ?? "").trim(),
    text: match[3] ?? "",
  }));
}

/** What a reader may copy into a shell. */
export const shellBlocks: readonly Block[] = documents.flatMap(blocksOf).filter(({ language }) => language === "sh");

/** The rows of the table below a heading, without its head: the cells' text. */
export function tableOf(document: string, heading: string): readonly (readonly string[])[] {
  const section = readDocument(document).split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("|"));
  return rows.slice(2).map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}
