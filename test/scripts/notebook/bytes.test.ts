import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copyJson, formatNotebook, parseNotebook } from "../../../scripts/notebook";
import type { Notebook } from "../../../scripts/notebook";
import { byCodePoint, pythonJson } from "../../../scripts/notebook/json-writer";
import { splitLines } from "../../../scripts/notebook/lines";
import { pythonFloat, pythonNumber } from "../../../scripts/notebook/number";
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
  it("keeps how numbers were written until they change", () => {
    const text = '{"cells":[],"metadata":{"__proto__":[2.0],"a":1.0,"b":-0.0},"nbformat":4,"nbformat_minor":5}';
    const copy = copyJson(parseNotebook(Buffer.from(text), "test.ipynb"));
    expect(formatNotebook(copy)).toContain('"__proto__": [\n   2.0\n  ],\n  "a": 1.0,\n  "b": -0.0');
    copy.metadata.a = 3;
    expect(formatNotebook(copy)).toContain('"a": 3,');
  });
});

/** A JSON text whose numbers are written in every way there is. */
const literal = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => JSON.stringify(x)),
  fc.bigInt().map(String),
  fc.constantFrom(
    "1.0",
    "-0.0",
    "-0",
    "0.0",
    "1e16",
    "1E+15",
    "1e-7",
    "0.00001",
    "1e22",
    "123456789012345678901234567890",
  ),
);
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc
    .array(
      fc.constantFrom(
        "a",
        "\n",
        "\r",
        "\r\n",
        "\v",
        "\x1c",
        "\x85",
        "\u2028",
        '"',
        "\\",
        "é",
        "\u{1f600}",
        "\x00",
        "\x7f",
      ),
    )
    .map((parts) => parts.join("")),
);
const quoted = text.map((value) => JSON.stringify(value));
const key = fc.oneof(text, fc.constantFrom("9", "10", "01", "__proto__", "constructor", "a"));
const object = (keys: fc.Arbitrary<string>, value: fc.Arbitrary<string>) =>
  fc.dictionary(keys, value, { maxKeys: 5 }).map(
    (map) =>
      `{${Object.entries(map)
        .map(([k, v]) => `${JSON.stringify(k)}:${v}`)
        .join(",")}}`,
  );
const { tree } = fc.letrec<{ tree: string }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    literal,
    quoted,
    fc.constantFrom("true", "false", "null"),
    fc.array(tie("tree"), { maxLength: 4 }).map((items) => `[${items.join(",")}]`),
    object(key, tie("tree")),
  ),
}));
const metadata = object(
  key.map((name) => `x${name}`),
  tree,
);
/** A text as one string or as lines cut anywhere. */
const multiline = fc.oneof(
  quoted,
  fc.array(quoted, { maxLength: 4 }).map((lines) => `[${lines.join(",")}]`),
);
const bundle = fc
  .record({
    plain: fc.option(multiline),
    html: fc.option(multiline),
    svg: fc.option(multiline),
    png: fc.option(multiline),
    javascript: fc.option(multiline),
    plotly: fc.option(object(key, tree)),
    json: fc.option(fc.array(quoted).map((lines) => `[${lines.join(",")}]`)),
  })
  .map(({ plain, html, svg, png, javascript, plotly, json }) => {
    const mimes: [string, string | null][] = [
      ["text/plain", plain],
      ["text/html", html],
      ["image/svg+xml", svg],
      ["image/png", png],
      ["application/javascript", javascript],
      ["application/vnd.plotly.v1+json", plotly],
      ["application/json", json],
    ];
    return `{${mimes.flatMap(([mime, value]) => (value === null ? [] : [`"${mime}":${value}`])).join(",")}}`;
  });
const count = fc.oneof(fc.constant("null"), fc.nat().map(String));
const output = fc.oneof(
  fc.tuple(quoted, multiline).map(([name, lines]) => `{"output_type":"stream","name":${name},"text":${lines}}`),
  fc.tuple(bundle, metadata).map(([data, meta]) => `{"output_type":"display_data","data":${data},"metadata":${meta}}`),
  fc
    .tuple(bundle, metadata, count)
    .map(([d, m, n]) => `{"output_type":"execute_result","data":${d},"metadata":${m},"execution_count":${n}}`),
  fc
    .tuple(quoted, quoted, fc.array(quoted, { maxLength: 3 }))
    .map(([e, v, t]) => `{"output_type":"error","ename":${e},"evalue":${v},"traceback":[${t.join(",")}]}`),
);
const cell = fc.oneof(
  fc
    .tuple(multiline, metadata, count, fc.array(output, { maxLength: 3 }))
    .map(
      ([s, m, n, o]) =>
        `"cell_type":"code","source":${s},"metadata":${m},"execution_count":${n},"outputs":[${o.join(",")}]`,
    ),
  fc
    .tuple(multiline, metadata, bundle)
    .map(([s, m, a]) => `"cell_type":"markdown","source":${s},"metadata":${m},"attachments":{"a.png":${a}}`),
  fc.tuple(multiline, metadata).map(([s, m]) => `"cell_type":"raw","source":${s},"metadata":${m}`),
);
const file = fc.tuple(fc.array(cell, { maxLength: 4 }), metadata).map(([cells, meta]) => {
  const withIds = cells.map((body, index) => `{"id":"c${index}",${body}}`);
  return `{"nbformat":4,"nbformat_minor":5,"metadata":${meta},"cells":[${withIds.join(",")}]}`;
});

describe.skipIf(!hasPeer)("beside Python's nbformat", () => {
  let peer: NbformatPeer;
  beforeAll(() => {
    peer = new NbformatPeer();
  });
  afterAll(() => peer.close());
  const ours = (source: string) => formatNotebook(parseNotebook(Buffer.from(source), "test.ipynb"));

  it("writes the same bytes for any notebook read from a file", async () => {
    await fc.assert(
      fc.asyncProperty(file, async (source) => {
        const theirs = await peer.rewrite(source);
        expect(ours(source)).toBe(theirs);
        expect(ours(theirs)).toBe(theirs);
      }),
      { numRuns: 150 },
    );
  });

  it("writes the same bytes for notebooks made in JavaScript as when JupyterLab sends them", async () => {
    await fc.assert(
      fc.asyncProperty(file, async (source) => {
        const inBrowser = JSON.parse(source) as Notebook;
        expect(formatNotebook(inBrowser)).toBe(await peer.rewrite(JSON.stringify(inBrowser)));
      }),
      { numRuns: 80 },
    );
  });
});
