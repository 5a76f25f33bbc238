import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countsText, elementCounts, maskTimes, visibleText } from "../../../scripts/check/markup";
import { sanitize } from "../../../scripts/check/sanitize";
import { diffText, numbersAgree, phraseAgrees } from "../../../scripts/check/text";

describe("sanitize", () => {
  it.each([
    ["took 3.4 s", "took <duration>"],
    ["took 1 min 20 s", "took <duration>"],
    ["2 h 5 min left", "<duration> left"],
    ["12.5ms per call", "<duration> per call"],
    ["4 ms/step", "<duration>/step"],
    ["1m03s", "<duration>"],
    ["1 h 03 m", "<duration>"],
    ["3–4 s", "<duration>"],
    ["{ loss: 0.5, seconds: 3.2 }", "{ loss: 0.5, seconds: <duration> }"],
    ["elapsed = 12.25", "elapsed = <duration>"],
    ["12.3 /s", "<speed>"],
    ["4.1/s", "<speed>"],
    ["120.5 steps/s", "<speed>"],
    ["60,000 images/s", "<speed>"],
    ["1,5 GFLOP/s", "<speed>"],
    ["at 10:02:03", "at <time>"],
    ["2024-01-31T10:20:30.5Z", "<date>"],
    ["2024-01-31 10:20", "<date>"],
    ["31 Jan 2024", "<date>"],
    ["Wed Jan 31 2024 10:20:30 GMT+0100 (CET)", "<date> <time>"],
    ["Wed, 31 Jan 2024 10:00:00 GMT", "<date> <time>"],
    ["[10:02:03] step 5", "[<time>] step 5"],
    ["January 31, 2024", "<date>"],
    ["saved /home/a/b.bin now", "saved <path> now"],
    ["file:///tmp/x/y.js:3", "<path>:3"],
    ["~/genlab/notebooks/", "<path>"],
    ["C:\\Users\\a", "<path>"],
    ["object at 0x7ffd1234", "object at <address>"],
    ["TensorFlow 2.21", "TensorFlow <version>"],
    ["Node v20.20.2", "Node <version>"],
    ["version 1.2.3-rc.1", "version <version>"],
    ["version 4.22", "version <version>"],
    ["node v20.1", "node <version>"],
    ["TensorFlow 2.21.0 · Intel(R) Xeon(R) · 2 threads", "<device>"],
    ["TensorFlow.js 4.22.0 · JavaScript · 1 thread · native TensorFlow is missing", "<device>"],
    ["on 2 cores, 457 MB", "on <threads>, <memory>"],
    ["123e4567-e89b-12d3-a456-426614174000", "<uuid>"],
    ["\x1b[31mred\x1b[0m", "red"],
  ])("%s → %s", (text, wanted) => expect(sanitize(text).trim()).toBe(wanted));

  it.each([
    "loss 0.83667",
    "60,000 digits",
    "x = [1, 2, 3]",
    "1/3",
    "28 × 28",
    "a/b/c",
    "y = 2x + 1",
    "5 samples",
    "3 hidden",
    "w1 = 2.5 m",
    "{ steps: 5, min: 0.1 }",
    "mean 0.3 min 0.1 max 0.9",
    "mean 0.3 min/max",
    "x = 3, h = 0.01",
    "w = 1.8 h = 0.1",
    "[3, 4, s]",
    "3 dx / h",
    "Decoder 4096 parameters",
    "Margin 1000",
    "images[0:10]",
    "x[:, 10:20]",
    "node 3",
    "28/28/1000",
  ])("leaves alone: %s", (text) => expect(sanitize(text)).toBe(text));

  it.each(["1", "1,", "1.", "a1", "/a", "1 m ", "1e", "10:"])("is quick on many times %j", (piece) => {
    const start = performance.now();
    sanitize(piece.repeat(3_000));
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});

describe("numbersAgree", () => {
  it.each([
    [1, 1.00009, true],
    [1, 1.0002, false],
    [-1, 1, false],
    [0, 1e-8, true],
    [0, 1e-6, false],
    [1e9, 1.00005e9, true],
    [Infinity, Infinity, true],
    [Infinity, 1, false],
    [NaN, NaN, false],
    [1, NaN, false],
  ])("%d and %d: %s", (a, b, agree) => expect(numbersAgree(a, b)).toBe(agree));
});

describe("diffText", () => {
  it("ignores empty lines, spaces, widths of columns and how lines end", () => {
    expect(diffText("a   1.50\r\n\r\n──────\nb", "a 1.5\n────────────\n b  \n")).toBeUndefined();
  });

  it.each([
    ["x−1", "x-2"],
    ["a+1", "a-1"],
    ["[100,200]", "[100,201]"],
    ["-0.5", "0.5"],
    ["1e-5", "2e-5"],
    ["NaN", "0"],
    ["x", ""],
    ["#", "1"],
  ])("tells %s from %s", (a, b) => expect(diffText(a, b)).toBeDefined());

  it("follows Node, which breaks the lines of a list by the widths of its numbers", () => {
    const list = (...rows: string[]) => ["losses [", ...rows, "]"].join("\n");
    expect(diffText(list("  0.1, 0.25, 0.5,", "  0.75"), list("  0.1, 0.25,", "  0.5, 0.75000001"))).toBeUndefined();
    expect(diffText(list("  0.1, 0.25, 0.5,", "  0.75"), list("  0.1, 0.25,", "  0.5, 0.76"))).toBeDefined();
    expect(diffText("a\nb", "a b")).toBeDefined();
  });

  it("shows what changed with a line around it", () => {
    const lines = Array.from({ length: 9 }, (_, i) => `line ${i} of it`);
    const found = diffText(lines.join("\n"), lines.with(4, "another").join("\n"));
    expect(found).toEqual({
      expected: "line 4 of it",
      got: "another",
      message: 'expected "line 4 of it", got "another"',
      diff: [" line 3 of it", "-line 4 of it", "+another", " line 5 of it"],
    });
  });

  it("stays short and quick on long texts that share nothing", () => {
    const text = (word: string) => Array.from({ length: 20_000 }, (_, i) => `${word} ${i}`).join("\n");
    const start = performance.now();
    expect(diffText(text("a"), text("b"))?.diff).toHaveLength(25);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it("passes every text whose numbers moved by less than the tolerance, and none whose numbers moved by more", () => {
    const value = fc.double({ min: 1e-3, max: 1e6, noNaN: true });
    const words = fc.constantFrom("loss", "x =", "(", "accuracy:", "→");
    const token = fc.record({ word: words, value, shift: fc.double({ min: -0.9e-4, max: 0.9e-4, noNaN: true }) });
    fc.assert(
      fc.property(fc.array(token, { minLength: 1, maxLength: 20 }), fc.nat(), (tokens, which) => {
        const print = (numberOf: (token: (typeof tokens)[number], i: number) => number) =>
          tokens.map((each, i) => `${each.word} ${numberOf(each, i)}${i % 3 === 0 ? "\n" : " "}`).join("");
        const expected = print(({ value: x }) => x);
        expect(
          diffText(
            expected,
            print(({ value: x, shift }) => x * (1 + shift)),
          ),
        ).toBeUndefined();
        const bad = which % tokens.length;
        expect(
          diffText(
            expected,
            print(({ value: x }, i) => (i === bad ? x * 1.001 : x)),
          ),
        ).toBeDefined();
      }),
    );
  });
});

describe("phraseAgrees", () => {
  it("compares numbers in names only where asked", () => {
    expect(phraseAgrees("lr 0.1", "lr 0.2", false)).toBe(true);
    expect(phraseAgrees("lr 0.1", "lr 0.2", true)).toBe(false);
    expect(phraseAgrees("lr 0.1", "rate 0.1", false)).toBe(false);
  });
});

describe("visibleText", () => {
  it("gives a table's rows and cells, without styles, scripts and comments", () => {
    const html = `<style>td { color: red }</style><table><thead><tr><th>name</th><th>a &amp; b</th></tr></thead>
      <tr><td>x</td><td>&#177;1&nbsp;&lt; 2</td></tr></table><!-- note --><script>run("1 < 2")</script>`;
    const rows = visibleText(html)
      .split("\n")
      .map((row) => row.trim());
    expect(rows).toEqual(["name | a & b |", "x | ±1 < 2 |", ""]);
  });
});

describe("maskTimes", () => {
  const html = (...rows: string[][]) =>
    rows.map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join("")}</tr>`).join("");
  const masked = (...rows: string[][]) => html(...rows).replaceAll("?", "&lt;time&gt;");

  it.each(["time (s)", "time", "train (ms)", "seconds", "speed (steps/s)", "elapsed", "time (min)"])(
    "masks the column and the row of %s",
    (name) => {
      expect(maskTimes(html(["", name], ["a", "1"], ["b", "2"]))).toBe(masked(["", name], ["a", "?"], ["b", "?"]));
      expect(maskTimes(html(["what", "x"], [name, "3"]))).toBe(masked(["what", "x"], [name, "?"]));
    },
  );

  it("keeps the header of a table whose first column is a time", () => {
    expect(maskTimes("<tr><th>seconds</th><th>loss</th></tr><tr><td>1</td><td>2</td></tr>")).toBe(
      "<tr><th>seconds</th><th>loss</th></tr><tr><td>&lt;time&gt;</td><td>2</td></tr>",
    );
  });

  it.each(["loss (min)", "h (h)", "timesteps", "share (%)", "σ(s)", "seconds hand"])("leaves alone: %s", (name) => {
    const table = html(["a", name], ["b", "1"]);
    expect(maskTimes(table)).toBe(table);
  });

  it("takes names of columns from a table's first row and of rows from their first cell, table by table", () => {
    const rows = (value: string) =>
      html(["what", "value"], ["time (s)", value], ["loss", "0.5"], ["x", "time"], ["y", "2"]);
    expect(maskTimes(rows("3"))).toBe(rows("&lt;time&gt;"));
    const tables = (value: string) =>
      `<table>${html(["a", "time"], ["b", value])}</table><table>${html(["a", "loss"], ["b", "2"])}</table>`;
    expect(maskTimes(tables("1"))).toBe(tables("&lt;time&gt;"));
  });
});

describe("elementCounts", () => {
  it("counts elements by name", () => {
    expect(countsText(elementCounts('<svg><g><path d="a"/><PATH/></g><!-- <g> --></svg>'))).toBe("g 1, path 2, svg 1");
  });
});
