import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatNotebook, NotebookError, parseNotebook, readNotebook } from "../../../scripts/notebook";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "genlab-notebook-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const code = { cell_type: "code", execution_count: 1, id: "a", metadata: {}, outputs: [], source: ["1 + 1"] };
const notebook = (...cells: unknown[]) => ({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 });
const withCell = (changes: object) => JSON.stringify(notebook({ ...code, ...changes }));

/** What is in the file, and what the one-line error must say. */
const BAD: [name: string, content: string | Buffer, says: RegExp][] = [
  ["empty", "", /an empty file: restore/],
  ["not JSON", "hello", /not JSON at line 1, column 1: a value was expected, found "h"/],
  ["cut off", '{\n "cells": [\n', /not JSON at line 3, column 1: the file ends early/],
  [
    "trailing comma",
    '{\n "cells": [],\n}',
    /line 3, column 1: a property name in double quotes was expected, found "}"/,
  ],
  ["missing comma", '{"cells": [] "metadata": {}}', /line 1, column 14: "," or "}" was expected/],
  ["open string", '{"a": "b\n"}', /line 1, column 7: this string does not end on its line/],
  ["NaN", '{"a": NaN}', /NaN is not JSON/],
  ["huge number", '{"a": 1e999}', /1e999 is out of range/],
  ["leading zero", '{"a": 01}', /line 1, column 8/],
  ["two values", "{} {}", /line 1, column 4: more text follows/],
  ["nested too deeply", "[".repeat(10_000), /nested deeper than 500 levels/],
  ["merge conflict", '{\n<<<<<<< HEAD\n "a": 1\n=======\n', /git's conflict marks stand in it: resolve the merge/],
  ["byte order mark", "\ufeff" + withCell({}), /byte order mark: save it as UTF-8 without/],
  ["Latin-1", Buffer.from('{\n "é": 1}', "latin1"), /line 2 is not UTF-8/],
  ["a list", "[]", /JSON, but no notebook/],
  ["some JSON", '{"name": "x"}', /"nbformat" is missing/],
  ["nbformat 3", '{"nbformat": 3, "nbformat_minor": 0, "worksheets": []}', /nbformat is 3, wanted 4: convert it/],
  ["nbformat 5", '{"nbformat": 5}', /nbformat is 5, wanted 4: save it/],
  ["nbformat 4.6", '{"nbformat": 4, "nbformat_minor": 6}', /4\.6 is newer than 4\.5/],
  ["no minor version", '{"nbformat": 4, "cells": [], "metadata": {}}', /nbformat_minor is missing/],
  ["no cells", '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}', /"cells" is missing/],
  ["no metadata", '{"nbformat": 4, "nbformat_minor": 5, "cells": []}', /"metadata" is missing/],
  ["unknown property", JSON.stringify({ ...notebook(), extra: 1 }), /"extra" is not a property/],
  ["cell is a text", JSON.stringify(notebook("x")), /cell 1: a cell must be an object/],
  ["cell type", withCell({ cell_type: "heading" }), /cell 1 \(a\): cell_type is "heading", wanted "code"/],
  ["no outputs", withCell({ outputs: undefined }), /cell 1 \(a\): "outputs" is missing/],
  ["execution count", withCell({ execution_count: "1" }), /cell 1 \(a\): execution_count: must be integer,null/],
  ["source number", withCell({ source: 3 }), /cell 1 \(a\): source: must be/],
  ["output type", withCell({ outputs: [{ output_type: "pyout" }] }), /output 1: output_type is "pyout", wanted/],
  [
    "output without data",
    withCell({ outputs: [{ output_type: "display_data", metadata: {} }] }),
    /output 1: "data" is mis/,
  ],
  ["tags", withCell({ metadata: { tags: ["a,b"] } }), /metadata\/tags\/0: must match pattern/],
];

describe("readNotebook", () => {
  it.each(BAD)("refuses a file that is bad: %s", (name, content, says) => {
    const file = path.join(folder, `${name.replaceAll(" ", "-")}.ipynb`);
    writeFileSync(file, content);
    const message = messageOf(() => readNotebook(file));
    expect(message).toMatch(says);
    expect(message.startsWith(`${file}: `)).toBe(true);
    expect(message).not.toContain("\n");
  });

  it("says when the file is missing or a folder", () => {
    expect(messageOf(() => readNotebook(path.join(folder, "none.ipynb")))).toMatch(/no such file: check the name$/);
    expect(messageOf(() => readNotebook(folder))).toMatch(/a folder, not a notebook: name an \.ipynb file$/);
  });

  it("does not wait for a pipe that nobody writes to", () => {
    const file = path.join(folder, "pipe.ipynb");
    execFileSync("mkfifo", [file]);
    expect(messageOf(() => readNotebook(file))).toMatch(/no ordinary file/);
  });

  it("joins texts into one string each and leaves JSON lists alone", () => {
    const data = { "text/plain": ["a\n", "b"], "application/json": ["x", "y"], "image/png": ["AA", "BB"] };
    const outputs = [
      { output_type: "display_data", metadata: {}, data },
      { output_type: "stream", name: "stdout", text: ["1\n", "2\n"] },
    ];
    const [cell] = read(withCell({ source: ["x\n", "y"], outputs })).cells;
    expect(cell?.source).toBe("x\ny");
    expect(cell?.outputs).toEqual([
      {
        output_type: "display_data",
        metadata: {},
        data: { "text/plain": "a\nb", "application/json": ["x", "y"], "image/png": "AABB" },
      },
      { output_type: "stream", name: "stdout", text: "1\n2\n" },
    ]);
  });
});

describe("cell ids", () => {
  const old = (...sources: string[]) =>
    JSON.stringify({
      ...notebook(...sources.map((source) => ({ ...code, id: undefined, source }))),
      nbformat_minor: 2,
    });
  const ids = (text: string) => read(text).cells.map(({ id }) => id as string);

  it("come from the content when the format had none", () => {
    expect(read(old("a")).nbformat_minor).toBe(5);
    const [a, b, again] = ids(old("a", "b", "a"));
    expect(a).toMatch(/^[0-9a-f]{8}$/);
    expect(new Set([a, b, again]).size).toBe(3);
    expect(ids(old("a", "b", "a"))).toEqual([a, b, again]);
    expect(ids(old("new", "a", "b"))).toEqual([expect.any(String), a, b]);
  });

  it("are repaired when missing, doubled or malformed, and kept otherwise", () => {
    const cells = ["x", "x", undefined, "not ok!", "y"].map((id, i) => ({ ...code, id, source: `${i}` }));
    const result = ids(JSON.stringify(notebook(...cells)));
    expect(result[0]).toBe("x");
    expect(result[4]).toBe("y");
    expect(new Set(result).size).toBe(5);
    for (const id of result) expect(id).toMatch(/^[a-zA-Z0-9-_]{1,64}$/);
  });
});

describe("formatNotebook", () => {
  it("drops what nbformat never stores", () => {
    const metadata = { orig_nbformat: 3, signature: "s", kept: 1 };
    const text = JSON.stringify({ ...notebook({ ...code, metadata: { trusted: true } }), metadata });
    const written = formatNotebook(read(text));
    expect(written).not.toMatch(/orig_nbformat|signature|trusted/);
    expect(written).toContain('"kept": 1');
    expect(written.endsWith("}\n")).toBe(true);
  });
});

function read(text: string) {
  return parseNotebook(Buffer.from(text), "test.ipynb");
}

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof NotebookError) return error.message;
    throw error;
  }
  throw new Error("nothing was thrown");
}
