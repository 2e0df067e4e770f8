import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ExitCode, UserError } from "../../../local/errors";
import { writeFolder } from "../../../local/render/folder";

describe("the folder of a render", () => {
  let root: string;
  let folder: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "render-"));
    folder = join(root, "out");
  });

  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  const write = (files: Readonly<Record<string, string>>) => {
    writeFolder(folder, new Map(Object.entries(files)));
  };

  const refused = (pattern: RegExp) => (error: unknown) =>
    error instanceof UserError && error.exitCode === ExitCode.refused && pattern.test(error.message);

  it("holds just the last one's files", () => {
    write({ "a/one.yaml": "1", "b/two.yaml": "2", "b/three.yaml": "3" });
    write({ "b/two.yaml": "two", "c/four.yaml": "4" });
    assert.deepEqual(readdirSync(folder).sort(), [".rendered", "b", "c"]);
    assert.deepEqual(readdirSync(join(folder, "b")), ["two.yaml"]);
    assert.equal(readFileSync(join(folder, "b", "two.yaml"), "utf8"), "two");
  });

  it("is refused, and left as it is, while it holds other files", () => {
    mkdirSync(folder);
    writeFileSync(join(folder, "letter.txt"), "Dear");
    assert.throws(
      () => {
        write({ "a/one.yaml": "1" });
      },
      refused(/holds files that no render has written: letter\.txt; nothing was written$/),
    );
    assert.deepEqual(readdirSync(folder), ["letter.txt"]);
  });

  it("is refused when somebody has put a file beside ours", () => {
    write({ "a/one.yaml": "1" });
    writeFileSync(join(folder, "a", "mine.yaml"), "mine");
    assert.throws(
      () => {
        write({ "a/one.yaml": "2" });
      },
      refused(/a\/mine\.yaml/),
    );
    assert.equal(readFileSync(join(folder, "a", "one.yaml"), "utf8"), "1");
  });

  it("is refused when a folder in it leads elsewhere", () => {
    write({ "a/one.yaml": "1" });
    const elsewhere = join(root, "elsewhere");
    mkdirSync(elsewhere);
    writeFileSync(join(elsewhere, "one.yaml"), "theirs");
    rmSync(join(folder, "a"), { recursive: true });
    symlinkSync(elsewhere, join(folder, "a"));
    assert.throws(
      () => {
        write({});
      },
      refused(/holds files that no render has written: a;/),
    );
    assert.ok(existsSync(join(elsewhere, "one.yaml")));
  });

  it("is refused when it is a file", () => {
    writeFileSync(folder, "");
    assert.throws(
      () => {
        write({});
      },
      refused(/is not a folder/),
    );
  });

  it("is known again after a run that was interrupted", () => {
    write({ "a/one.yaml": "1" });
    // What stands there between the index and the last file.
    writeFileSync(join(folder, ".rendered"), "a/one.yaml\nb/two.yaml\n");
    write({ "b/two.yaml": "2" });
    assert.deepEqual(readdirSync(folder).sort(), [".rendered", "b"]);
  });
});
