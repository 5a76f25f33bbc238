import { describe, expect, it } from "vitest";
import { table } from "../../../lib/show/table";
import { openPage } from "./document";

const rows = [
  { change: "none", fid: 12.3456, seconds: 61, ok: true },
  { change: 'rate <0.01> & "more"', fid: -1.2, seconds: 1234 },
  { change: "batch 256", fid: NaN, seconds: 3, note: "new" },
];

describe("table", () => {
  const shown = table(rows, { units: { seconds: "s" }, caption: "The tuning guide" });

  it("is a danfo.js DataFrame", () => {
    expect(shown.frame.columns).toEqual(["change", "fid", "seconds", "ok", "note"]);
    expect(shown.frame.shape).toEqual([3, 5]);
    expect(shown.frame.dtypes.slice(0, 3)).toEqual(["string", "float32", "int32"]);
    expect(table(shown.frame).toString()).toContain("12.35");
  });

  it("as text: aligned columns, points below points, missing values shown", () => {
    expect(shown.toString().split("\n")).toEqual([
      "The tuning guide",
      "change                  fid  seconds (s)  ok    note",
      "────────────────────  ─────  ───────────  ────  ────",
      "none                  12.35           61  true  –",
      'rate <0.01> & "more"  -1.20        1,234  –     –',
      "batch 256                 –            3  –     new",
    ]);
  });

  it("as HTML: escaped, numbers to the right, units in the header", () => {
    const { document } = openPage(shown.toHtml());
    const cells = [...document.querySelectorAll("tbody tr")].map((row) =>
      [...row.querySelectorAll("td")].map((cell) => cell.textContent),
    );
    expect(cells).toEqual([
      ["none", "12.35", "61", "true", "–"],
      ['rate <0.01> & "more"', "−1.20", "1,234", "–", "–"],
      ["batch 256", "–", "3", "–", "new"],
    ]);
    expect([...document.querySelectorAll("th")].map((cell) => cell.textContent)).toEqual([
      "change",
      "fid",
      "seconds (s)",
      "ok",
      "note",
    ]);
    const sides = [...document.querySelectorAll("tbody tr:first-child td")].map((cell) => cell.style.textAlign);
    expect(sides).toEqual(["left", "right", "right", "left", "left"]);
    expect(document.querySelector("caption")?.textContent).toBe("The tuning guide");
    // Colours would be wrong in one of the themes; style sheets would reach other tables.
    expect(shown.toHtml()).not.toMatch(/<style|color:#|background/);
  });

  it("digits: for all columns or by column", () => {
    expect(table([{ a: 1.23456, b: 2 }], { digits: 2 }).toString()).toContain("1.23  2.00");
    expect(table([{ a: 1.23456, b: 2 }], { digits: { a: 1 } }).toString()).toMatch(/1\.2 +2$/);
  });

  it("numbers of very different size keep their digits", () => {
    const text = table([{ rate: 1e-7 }, { rate: 0.1 }, { rate: 123456 }]).toString();
    for (const number of ["1e-7", "0.1", "123,456"]) expect(text).toContain(number);
  });

  it.each([
    ["no rows", () => table([]), /no rows/],
    ["rows that are no records", () => table([1 as never]), /row 0 is no record/],
    ["no columns", () => table([{}]), /no columns/],
    ["a unit for nothing", () => table([{ a: 1 }], { units: { b: "s" } }), /no column "b".*there are a/],
  ])("refuses %s", (_, make, message) => {
    expect(make).toThrow(message);
  });
});
