import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copyJson, formatNotebook, parseNotebook, writeNotebook } from "../../../scripts/notebook";
import type { Notebook } from "../../../scripts/notebook";
import { byCodePoint, pythonJson } from "../../../scripts/notebook/json-writer";
import { parseJson } from "../../../scripts/notebook/json-reader";
import { splitLines } from "../../../scripts/notebook/lines";
import { pythonFloat, pythonNumber } from "../../../scripts/notebook/number";
import { notebookFile } from "./arbitrary";
import { hasPeer, NbformatPeer } from "./nbformat-peer";

describe("pythonFloat", () => {
  it.each<[number, string]>([
    [1, "1.0"],
    [-0, "-0.0"],
    [1e-7, "1e-07"],
    [1.5e-7, "1.5e-07"],
    [0.0001, "0.0001"],
    [0.00001, "1e-05"],
    [123456.789, "123456.789"],
    [1e15, "1000000000000000.0"],
    [1e16, "1e+16"],
    [1.25e16, "1.25e+16"],
    [-2.5e-300, "-2.5e-300"],
    [5e-324, "5e-324"],
    [1.7976931348623157e308, "1.7976931348623157e+308"],
    [100, "100.0"],
    [0.1 + 0.2, "0.30000000000000004"],
  ])("writes %d as Python does: %s", (value, text) => expect(pythonFloat(value)).toBe(text));
});

describe("pythonNumber", () => {
  it.each([
    ["1", "1"],
    ["-0", "0"],
    ["-0.0", "-0.0"],
    ["1.0", "1.0"],
    ["1E5", "100000.0"],
    ["10000000000000000000000001", "10000000000000000000000001"],
    ["0.10", "0.1"],
  ])("reads %s and writes %s", (literal, text) => expect(pythonNumber(literal)).toBe(text));
});

describe("pythonJson", () => {
  it("sorts keys by code point, also integer-like ones and those beyond the basic plane", () => {
    expect(pythonJson({ 9: 0, 10: 0, b: 0, a: 0 })).toBe('{\n "10": 0,\n "9": 0,\n "a": 0,\n "b": 0\n}');
    expect(["\u{1f600}", "\uffff", "z"].sort(byCodePoint)).toEqual(["z", "\uffff", "\u{1f600}"]);
    expect(["ab", "a"].sort(byCodePoint)).toEqual(["a", "ab"]);
  });

  it("writes numbers from JavaScript as if JupyterLab had sent them", () => {
    const values = [1, -0, 1e-7, 1e20, 1e21, NaN, 0.5];
    expect(pythonJson(values)).toBe("[\n 1,\n 0,\n 1e-07,\n 100000000000000000000,\n 1e+21,\n null,\n 0.5\n]");
  });

  it("replaces halves of surrogate pairs, which no UTF-8 file can hold", () => {
    expect(pythonJson("a\ud83d")).toBe('"a\ufffd"');
  });
});

describe("splitLines", () => {
  it("ends lines where Python does", () => {
    expect(splitLines("a\r\nb\rc\n\nd\x0be\x0cf\x1cg\x1dh\x1ei\x85j\u2028k\u2029")).toEqual([
      "a\r\n",
      "b\r",
      "c\n",
      "\n",
      "d\x0b",
      "e\x0c",
      "f\x1c",
      "g\x1d",
      "h\x1e",
      "i\x85",
      "j\u2028",
      "k\u2029",
    ]);
    expect(splitLines("")).toEqual([]);
    expect(splitLines("a\tb\x1fc")).toEqual(["a\tb\x1fc"]);
  });
});

describe("copyJson", () => {
  it("takes the last of two properties of one name, as Python does", () => {
    expect(pythonJson(parseJson('{"a": 1.0, "a": 1}'))).toBe('{\n "a": 1\n}');
    expect(pythonJson(parseJson('{"a": 1, "a": 1.0}'))).toBe('{\n "a": 1.0\n}');
  });

  it("keeps how numbers were written until they change", () => {
    const text = '{"cells":[],"metadata":{"__proto__":[2.0],"a":1.0,"b":-0.0},"nbformat":4,"nbformat_minor":5}';
    const copy = copyJson(parseNotebook(Buffer.from(text), "test.ipynb"));
    expect(formatNotebook(copy)).toContain('"__proto__": [\n   2.0\n  ],\n  "a": 1.0,\n  "b": -0.0');
    copy.metadata.a = 3;
    expect(formatNotebook(copy)).toContain('"a": 3,');
  });
});

describe.skipIf(!hasPeer)("beside Python's nbformat", { timeout: 120_000 }, () => {
  let peer: NbformatPeer;
  beforeAll(() => {
    peer = new NbformatPeer();
  });
  afterAll(() => peer.close());
  const ours = (source: string) => formatNotebook(parseNotebook(Buffer.from(source), "test.ipynb"));

  it("writes the same bytes for any notebook read from a file", async () => {
    await fc.assert(
      fc.asyncProperty(notebookFile, async (source) => {
        const theirs = await peer.rewrite(source);
        expect(ours(source)).toBe(theirs);
        expect(ours(theirs)).toBe(theirs);
      }),
      { numRuns: 150 },
    );
  });

  it("writes the same bytes for notebooks made in JavaScript as when JupyterLab sends them", async () => {
    await fc.assert(
      fc.asyncProperty(notebookFile, async (source) => {
        const inBrowser = JSON.parse(source) as Notebook;
        expect(formatNotebook(inBrowser)).toBe(await peer.rewrite(JSON.stringify(inBrowser)));
      }),
      { numRuns: 80 },
    );
  });

  it("writes files that stay the same when JupyterLab's server opens and saves them", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "genlab-bytes-"));
    const target = path.join(folder, "a.ipynb");
    try {
      await fc.assert(
        fc.asyncProperty(notebookFile, async (source) => {
          writeNotebook(target, JSON.parse(source) as Notebook);
          const before = readFileSync(target, "utf8");
          await peer.openAndSave(target);
          expect(readFileSync(target, "utf8")).toBe(before);
        }),
        { numRuns: 25 },
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
